using System.Text.RegularExpressions;
using static TorchSharp.torch.nn;

namespace Amodal.Training;

/// <summary>
/// A run's folder: config.yaml, manifest.json, one safetensors file per finished stage, progress.safetensors for the one
/// under way, history-STAGE.csv, and tensorboard/STAGE/. Every file but those of TensorBoard, which grow, is written whole or not at all.
/// </summary>
public sealed partial class RunDirectory
{
    private const string TrainAgain = "Take an unharmed copy, or train again.";

    /// <summary>Names the folder; creates nothing.</summary>
    public RunDirectory(string path) => Path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The configuration.</summary>
    public string ConfigFile => File("config.yaml");

    /// <summary>Weights, optimiser and best epoch of the stage under way.</summary>
    public string ProgressFile => File("progress.safetensors");

    /// <summary>Result of a finished stage.</summary>
    public string StageFile(string stage) => OfStage(stage, name => $"{name}.safetensors");

    /// <summary>Where a stage's training is logged for TensorBoard.</summary>
    public string TensorBoardFolder(string stage) => OfStage(stage, name => System.IO.Path.Combine("tensorboard", name));

    /// <summary>Whether a run was begun here.</summary>
    public bool Exists => System.IO.File.Exists(File("manifest.json"));

    /// <summary>
    /// Keeps every other training out of the folder until it is disposed of, or the process ends, and removes what a killed
    /// one left half written. Makes the folder.
    /// </summary>
    internal IDisposable Hold()
    {
        var held = RunLock.Take(Path);
        foreach (var file in Directory.EnumerateFiles(Path, ".*.tmp").Where(f => HalfWritten().IsMatch(System.IO.Path.GetFileName(f))))
        {
            System.IO.File.Delete(file);
        }

        return held;
    }

    /// <summary>Begins a run with its config and manifest; <see cref="Hold"/> comes first.</summary>
    internal void Begin(ExperimentOptions options, RunManifest manifest)
    {
        if (Exists)
        {
            throw new InputException(Path, null, "holds a run already; go on with it, or choose another folder.") { Remedies = ["resume", "out"] };
        }

        AtomicFile.WriteText(ConfigFile, YamlOptions.Write(options));
        Write(manifest);
    }

    /// <summary>Writes the manifest.</summary>
    public void Write(RunManifest manifest) => JsonFile.Write(File("manifest.json"), RunManifest.CurrentFormat, manifest);

    /// <summary>Reads the manifest.</summary>
    /// <exception cref="InputException">There is none, or it is not one of this format.</exception>
    public RunManifest ReadManifest()
    {
        var path = File("manifest.json");
        if (!System.IO.File.Exists(path))
        {
            throw new InputException(Path, null, "is not a run directory: it has no manifest.json. Give the folder of a training.");
        }

        if (!System.IO.File.Exists(ConfigFile))
        {
            throw new InputException(Path, null, Directory.EnumerateFiles(Path, "*.onnx").Any()
                ? "is an exported model, and a run is needed here: give the run that it was exported from."
                : "is not a whole run: it has no config.yaml. Train it again.");
        }

        var manifest = JsonFile.Read<RunManifest>(path, RunManifest.CurrentFormat, "a run's manifest", TrainAgain);
        if (Modality.FaultOf(manifest.Modalities) is { } fault)
        {
            throw new InputException(path, "modalities", $"{fault}. {TrainAgain}");
        }

        manifest = manifest with { Stages = [.. manifest.Stages.Select(StageNames.Now)] };
        var stages = manifest.Stages.CountBy(s => s).ToList();
        return stages.FirstOrDefault(s => s.Key.Length == 0 || System.IO.Path.GetFileName(s.Key) != s.Key || s.Value > 1).Key is not { } stage ? manifest
            : throw new InputException(path, "stages", $"hold '{stage}', which is no stage, or one twice. {TrainAgain}");
    }

    /// <summary>Notes how long stages took, in a run that was begun.</summary>
    internal void NoteSeconds(IEnumerable<KeyValuePair<string, double>> seconds)
    {
        if (Exists && ReadManifest() is var manifest)
        {
            Write(manifest with { Seconds = seconds.Concat(manifest.Seconds).DistinctBy(s => s.Key).ToDictionary() });
        }
    }

    /// <summary>Saves the result of a stage with its learning curve.</summary>
    internal void SaveStage(string stage, IReadOnlyDictionary<string, Module> modules, IReadOnlyList<EpochRecord> curve)
    {
        using var scope = NewDisposeScope();
        SafeTensors.Write(StageFile(stage), StateOf(modules), new Dictionary<string, string>
        {
            ["stage"] = stage,
            ["curve"] = ToText(curve),
        });
    }

    /// <summary>Loads the result of a stage into its modules.</summary>
    internal IReadOnlyList<EpochRecord> LoadStage(string stage, IReadOnlyDictionary<string, Module> modules)
    {
        var path = StageFile(stage);
        if (!System.IO.File.Exists(path))
        {
            throw new InputException(Path, null, $"has no checkpoint of stage '{stage}' ({System.IO.Path.GetFileName(path)}); finish its training.") { Remedies = ["resume"] };
        }

        SafeTensors.LoadInto(StateOf(modules), path);
        return ReadCurve(path);
    }

    /// <summary>The learning curves of finished stages.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<EpochRecord>> ReadCurves(RunManifest manifest) => manifest.Stages
        .Where(s => System.IO.File.Exists(StageFile(s)))
        .ToDictionary(s => s, s => (IReadOnlyList<EpochRecord>)ReadCurve(StageFile(s)));

    /// <summary>Writes history-STAGE.csv, the learning curve for other programs.</summary>
    internal void WriteHistory(string stage, IReadOnlyList<EpochRecord> curve)
    {
        var text = new StringBuilder("epoch,train_loss,valid_loss\n");
        foreach (var e in curve)
        {
            text.Append(CultureInfo.InvariantCulture, $"{e.Epoch},{e.TrainLoss:R},{e.ValidLoss:R}\n");
        }

        AtomicFile.WriteText(OfStage(stage, name => $"history-{name}.csv"), text.ToString());
    }

    /// <summary>Every tensor of the modules as MODULE.NAME.</summary>
    internal static Dictionary<string, Tensor> StateOf(IReadOnlyDictionary<string, Module> modules) =>
        modules.SelectMany(m => m.Value.state_dict().Select(p => (Name: $"{m.Key}.{p.Key}", p.Value))).ToDictionary(p => p.Name, p => p.Value);

    /// <summary>A learning curve as the metadata of a checkpoint hold it.</summary>
    internal static string ToText(IReadOnlyList<EpochRecord> curve) => JsonFile.ToLine(curve);

    /// <summary>The learning curve of a checkpoint, whose epochs count from 1.</summary>
    internal static List<EpochRecord> ReadCurve(string path, IReadOnlyDictionary<string, string> metadata)
    {
        var curve = JsonFile.Parse<List<EpochRecord>>(metadata.GetValueOrDefault("curve", "[]"), path, "metadata 'curve'", "a learning curve", TrainAgain);
        return curve.Select(e => e.Epoch).SequenceEqual(Enumerable.Range(1, curve.Count)) ? curve
            : throw new InputException(path, "metadata 'curve'", $"has epochs that do not count from 1. {TrainAgain}");
    }

    private static List<EpochRecord> ReadCurve(string path) => ReadCurve(path, SafeTensors.ReadMetadata(path));

    /// <summary>A temporary file of one that only a training writes: another program's may be in use.</summary>
    [GeneratedRegex(@"^\.(?:config\.yaml|manifest\.json|[a-z0-9-]+\.safetensors|history-[a-z0-9-]+\.csv)\.[0-9a-f]{32}\.tmp$")]
    private static partial Regex HalfWritten();

    /// <summary>A stage's file or folder; that by its old name where a run of an older version has it.</summary>
    private string OfStage(string stage, Func<string, string> nameOf)
    {
        var (now, before) = (File(nameOf(stage)), File(nameOf(StageNames.Before(stage))));
        return System.IO.Path.Exists(before) && !System.IO.Path.Exists(now) ? before : now;
    }

    private string File(string name) => System.IO.Path.Combine(Path, name);
}
