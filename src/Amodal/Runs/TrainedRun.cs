using Amodal.Configuration;
using Amodal.Data;
using Amodal.Diffusion.Networks;
using Amodal.Latents;
using Amodal.Methods;
using Amodal.Methods.Baselines;
using Amodal.Methods.TwoStage;
using Amodal.Prediction;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Runs;

/// <summary>A finished run, loaded for use: its configuration, its manifest and its networks in evaluation mode. Owns the networks.</summary>
public sealed class TrainedRun : IDisposable
{
    private readonly MethodTraining _method;
    private readonly Dictionary<Split, RunEncoding> _encodings = []; // of splits in use, by reference

    private TrainedRun(RunDirectory directory, RunManifest manifest, ExperimentOptions options, MethodTraining method, Device device) =>
        (Directory, Manifest, Options, _method, Device) = (directory, manifest, options, method, device);

    /// <summary>The folder.</summary>
    public RunDirectory Directory { get; }

    /// <summary>What the run says of itself.</summary>
    public RunManifest Manifest { get; }

    /// <summary>Its configuration.</summary>
    public ExperimentOptions Options { get; }

    /// <summary>The trained method.</summary>
    public IRecoveryModel Method => _method.Model;

    /// <summary>The networks of the floors; without weights where <see cref="HasBaselines"/> is false.</summary>
    public BaselineNetworks Baselines => _method.Baselines;

    /// <summary>Whether the floors were trained, as they are in every run that `amodal train` made.</summary>
    public bool HasBaselines => Manifest.Stages.Contains(MethodTraining.BaselineStages[0]);

    /// <summary>The networks of our own method, for what needs more of it than <see cref="Method"/>.</summary>
    /// <exception cref="InputException">The run is of another method.</exception>
    public TwoStageModel Model => _method.Model as TwoStageModel
        ?? throw new InputException(Directory.Path, null, $"is a run of the method '{OptionNames.Of(Options.Method)}'; this needs one of '{OptionNames.Of(MethodKind.Amodal)}'.");

    /// <summary>Where the model's weights are.</summary>
    public Device Device { get; }

    /// <summary>What its score networks are computed in.</summary>
    public Precision Precision { get; private init; }

    /// <summary>Loads a run.</summary>
    /// <param name="path">Its folder.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="precision">What its score networks are computed in: single precision or bfloat16.</param>
    /// <param name="stop">Ends the work.</param>
    /// <exception cref="InputException">It is no run, is unfinished, a checkpoint does not fit, or it cannot be computed in that precision.</exception>
    public static TrainedRun Load(string path, Device device, Precision precision = Precision.Float32, CancellationToken stop = default)
    {
        var run = new RunDirectory(path);
        var manifest = run.ReadManifest();
        var options = run.ReadOptions();
        CheckSizes(run, manifest);
        Stage.SeedTorch(0); // the weights drawn here are all replaced
        var method = MethodCatalogue.Of(options.Method).Create(manifest.Modalities, options);
        try
        {
            var trained = new TrainedRun(run, manifest, options, method, device) { Precision = precision };
            var floors = MethodTraining.CheckpointsOf(method.Baselines).Where(c => trained.HasBaselines || c.Stage == MethodTraining.Statistics);
            foreach (var (stage, modules) in floors.Concat(method.Checkpoints))
            {
                stop.ThrowIfCancellationRequested();
                run.LoadStage(stage, modules);
            }

            method.Baselines.MoveTo(device);
            method.Model.MoveTo(device);
            method.Use(precision, path);
            return trained;
        }
        catch
        {
            method.Dispose();
            throw;
        }
    }

    /// <summary>Sizes that the checkpoints cannot hold are refused before networks of such sizes are made: one file has two numbers for each feature.</summary>
    private static void CheckSizes(RunDirectory run, RunManifest manifest)
    {
        var statistics = new FileInfo(run.StageFile(MethodTraining.Statistics));
        if (statistics.Exists && manifest.Modalities.Sum(m => Math.Max(2L * sizeof(float) * m.Width, m.Length)) > statistics.Length)
        {
            throw new InputException(run.Path, "modalities", $"are larger in manifest.json than in {statistics.Name}; take an unharmed copy of both, or train again.");
        }
    }

    /// <summary>Reads the data that the run is to be used on.</summary>
    /// <param name="file">A data file; null takes what the run was trained on, which must be where it was, and unchanged.</param>
    /// <param name="limits">What the file may cost to read; the defaults unless given.</param>
    /// <exception cref="InputException">It cannot be read, is not there, or has changed.</exception>
    public DataSet ReadData(string? file, ReadLimits? limits = null)
    {
        if (file is null && !Path.Exists(Manifest.DataFile))
        {
            throw new InputException(Directory.Path, "data", Manifest.DataFile.Length == 0
                ? "was imported without any; name some." : $"was trained on {Manifest.DataFile}, which is not there now; name it where it is.")
            { Remedies = ["data"] };
        }

        var data = DataFile.Read(file ?? Manifest.DataFile, limits: limits);
        return file is not null || data.Digest == Manifest.DataDigest ? data : throw new InputException(
            Manifest.DataFile, null, $"has changed since {Directory.Path} was trained on it; name the data.")
        { Remedies = ["data"] };
    }

    /// <summary>Encodes a split of a data set for the method.</summary>
    /// <exception cref="InputException">The data's modalities are not the run's.</exception>
    public (FeatureTensors Features, LatentStore Latents) Encode(DataSet data, string split)
    {
        data.CheckModalities(Manifest.Modalities, Directory.Path);
        var features = FeatureTensors.From(data[split], Baselines.Statistics.ToStandardiser(), Device);
        return (features, Method.Encode(data[split], features));
    }

    /// <summary>Encodes a split of a data set without keeping its features, some rows at a time: for splits that may be large.</summary>
    /// <exception cref="InputException">The data's modalities are not the run's.</exception>
    public LatentStore EncodeLatents(DataSet data, string split)
    {
        const int partRows = 1024;
        data.CheckModalities(Manifest.Modalities, Directory.Path);
        var (rows, standardiser) = (data[split], Baselines.Statistics.ToStandardiser());
        return LatentStore.Join(rows, [.. Enumerable.Range(0, rows.Count).Chunk(partRows).Select(chunk =>
        {
            var part = rows.Select(rows.Name, chunk);
            using var features = FeatureTensors.From(part, standardiser, Device);
            return Method.Encode(part, features);
        })]);
    }

    /// <summary>What its networks make of some utterances, made once for all who lease it and have not returned it.</summary>
    internal RunEncoding Lease(Split utterances)
    {
        lock (_encodings)
        {
            return (_encodings.TryGetValue(utterances, out var known) ? known : _encodings[utterances] = new RunEncoding(this, utterances)).Lease();
        }
    }

    /// <summary>Ends a lease.</summary>
    internal void Return(Split utterances)
    {
        lock (_encodings)
        {
            if (_encodings[utterances].Return())
            {
                _ = _encodings.Remove(utterances);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _method.Dispose();
}
