using Amodal.Data;
using Amodal.Latents;
using Amodal.Prediction;
using static TorchSharp.torch;

namespace Amodal.Training;

/// <summary>A finished run, loaded for use: its configuration, its manifest and its model in evaluation mode. Owns the model.</summary>
public sealed class TrainedRun : IDisposable
{
    private TrainedRun(RunDirectory directory, RunManifest manifest, ExperimentOptions options, AmodalModel model, Device device) =>
        (Directory, Manifest, Options, Model, Device) = (directory, manifest, options, model, device);

    /// <summary>The folder.</summary>
    public RunDirectory Directory { get; }

    /// <summary>What the run says of itself.</summary>
    public RunManifest Manifest { get; }

    /// <summary>Its configuration.</summary>
    public ExperimentOptions Options { get; }

    /// <summary>The model.</summary>
    public AmodalModel Model { get; }

    /// <summary>Where the model's weights are.</summary>
    public Device Device { get; }

    /// <summary>Loads a run.</summary>
    /// <exception cref="InputException">It is no run, is unfinished, or a checkpoint does not fit.</exception>
    public static TrainedRun Load(string path, Device device)
    {
        var run = new RunDirectory(path);
        var manifest = run.ReadManifest();
        var options = run.ReadOptions();
        Stage.SeedTorch(0); // the weights drawn here are all replaced
        var model = new AmodalModel(manifest.Modalities, options.ToModelOptions(), (ulong)options.Seed);
        try
        {
            foreach (var (stage, modules) in StageModules)
            {
                run.LoadStage(stage, modules.ToDictionary(name => name, name => model.Modules[name]));
            }

            model.MoveTo(device);
            return new TrainedRun(run, manifest, options, model, device);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Which modules each stage's checkpoint holds.</summary>
    private static IReadOnlyList<(string Stage, string[] Modules)> StageModules { get; } =
    [
        ("classifier", ["complete"]),
        ("dropout-rival", ["dropout"]),
        ("language-rival", ["language"]),
        ("statistics", ["statistics", "latentScale"]),
        ("score", ["scores"]),
        ("recovery", ["decoders", "fusion"]),
    ];

    /// <summary>Reads the data that the run is to be used on.</summary>
    /// <param name="file">A data file; null takes what the run was trained on, which must be where it was, and unchanged.</param>
    /// <exception cref="InputException">It cannot be read, is not there, or has changed.</exception>
    public DataSet ReadData(string? file)
    {
        if (file is null && !Path.Exists(Manifest.DataFile))
        {
            throw new InputException(Directory.Path, "data", $"was trained on {Manifest.DataFile}, which is not there now; name it with --data.");
        }

        var data = DataFile.Read(file ?? Manifest.DataFile);
        return file is not null || data.Digest == Manifest.DataDigest ? data : throw new InputException(
            Manifest.DataFile, null, $"has changed since {Directory.Path} was trained on it; name the data with --data.");
    }

    /// <summary>Encodes a split of a data set for this model.</summary>
    /// <exception cref="InputException">The data's modalities are not the model's.</exception>
    public (FeatureTensors Features, LatentStore Latents) Encode(DataSet data, string split)
    {
        CheckModalities(data);
        var rows = data[split];
        var features = FeatureTensors.From(rows, Model.Statistics.ToStandardiser(), Device);
        return (features, LatentStore.Encode(rows, features, Model.Complete.Encoders, Model.LatentScale));
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();

    private void CheckModalities(DataSet data)
    {
        if (!data.Modalities.SequenceEqual(Manifest.Modalities))
        {
            throw new InputException(data.Source, "modalities",
                $"are {Describe(data.Modalities)}, but {Directory.Path} was trained on {Describe(Manifest.Modalities)}; give data with the same names, lengths and widths in the same order.");
        }

        static string Describe(IEnumerable<Modality> modalities) => string.Join(", ", modalities.Select(m => $"{m.Name} ({m.Length} x {m.Width})"));
    }
}
