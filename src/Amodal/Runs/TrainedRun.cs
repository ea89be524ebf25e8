using Amodal.Methods.TwoStage;

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

    /// <summary>What it predicts.</summary>
    public Target Target { get; private init; } = Target.Score;

    /// <summary>Its configuration.</summary>
    public ExperimentOptions Options { get; }

    /// <summary>Whether its method shows what it takes the missing modalities to be.</summary>
    internal bool Recovers => _method.Recovery is not null;

    /// <summary>The networks of a method that recovers what is missing.</summary>
    internal IRecoveryModel Method => _method.Recovery
        ?? throw new InputException(Directory.Path, null, $"is a run of the method '{Options.Method}', which predicts without recovering anything; this needs one that recovers, such as one of two-stage-fast.");

    /// <summary>The sampler that its method is configured with; null where it samples nothing.</summary>
    public SamplerOptions? Sampler => _method.Recovery?.Sampler;

    /// <summary>The networks of the baselines; without weights where <see cref="HasBaselines"/> is false.</summary>
    internal BaselineNetworks Baselines => _method.Baselines;

    /// <summary>Other ways that its method trained beside itself.</summary>
    internal IReadOnlyList<(string Name, Answer Answer, CertaintyAnswer? Certainty)> Rivals => _method.Rivals;

    /// <summary>Whether the baselines were trained, as they are in every run that `amodal train` made.</summary>
    public bool HasBaselines => Manifest.Stages.Contains(MethodTraining.BaselineStages[0]);

    /// <summary>The networks of the two-stage method, for what needs more of it than <see cref="Method"/>.</summary>
    internal TwoStageModel Model => _method.Recovery as TwoStageModel
        ?? throw new InputException(Directory.Path, null, $"is a run of the method '{Options.Method}'; this needs one of '{TwoStageTraining.Descriptor.Name}'.");

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
        var options = ExperimentFile.Of(run);
        CheckSizes(run, manifest);
        var target = (manifest.Target ?? Target.Score.Spec).ToTarget(run.Path);
        Stage.SeedTorch(0); // the weights drawn here are all replaced
        var method = MethodCatalogue.Of(options.Method).Create(manifest.Modalities, target, options);
        try
        {
            var trained = new TrainedRun(run, manifest, options, method, device) { Precision = precision, Target = target };
            var baselines = MethodTraining.CheckpointsOf(method.Baselines).Where(c => trained.HasBaselines || c.Stage == MethodTraining.Statistics);
            foreach (var (stage, modules) in baselines.Concat(method.Checkpoints))
            {
                stop.ThrowIfCancellationRequested();
                run.LoadStage(stage, modules);
            }

            method.MoveTo(device);
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

        var data = DataFile.Read(file ?? Manifest.DataFile, limits: limits, target: Target.Spec);
        return file is not null || data.Digest == Manifest.DataDigest ? data : throw new InputException(
            Manifest.DataFile, null, $"has changed since {Directory.Path} was trained on it; name the data.")
        { Remedies = ["data"] };
    }

    /// <summary>The method, ready for use.</summary>
    /// <param name="name">Its name in tables; null takes the configuration's.</param>
    /// <param name="sampler">How to sample, of a method that does; null takes the run's way.</param>
    /// <param name="seed">Seed of the recovery's noise; null takes the run's.</param>
    /// <param name="isOwner">Whether the run is disposed with the method.</param>
    /// <exception cref="InputException">The sampler does not fit the networks.</exception>
    public IMethod CreateMethod(string? name = null, SamplerOptions? sampler = null, ulong? seed = null, bool isOwner = false) => _method.Recovery is not null
        ? new TorchMethod(this, name, sampler, seed, isOwner)
        : new AnswerMethod(this, CardOf(name, seed, _method.Facts), _method.Predict, _method.Certainty, isOwner);

    /// <summary>Writes the method as ONNX graphs with a manifest, for runtimes without libtorch.</summary>
    /// <param name="folder">Where; it must not be there yet, or be empty.</param>
    /// <param name="precision">What the score networks' dense layers are computed in: single precision, or 8-bit integers where that pays.</param>
    /// <param name="stop">Ends the work; nothing is written then.</param>
    /// <exception cref="InputException">The method has no graphs, or the folder cannot be written.</exception>
    public void Export(string folder, Precision precision = Precision.Float32, CancellationToken stop = default) =>
        _method.Export(folder, precision, Manifest.PaddedInFront, Directory.Path, stop);

    /// <summary>How many numbers its answers are made with: weights, and coefficients of closed forms.</summary>
    internal long Parameters => _method.Answering.Distinct().SelectMany(m => m.state_dict().Values).DistinctBy(x => x.Handle).Sum(x => x.numel());

    /// <summary>Seconds that training it took, with the stages that it goes on from and without baselines and rivals; null where the run does not tell.</summary>
    internal double? TrainingSeconds
    {
        get
        {
            var method = MethodCatalogue.Of(Options.Method);
            var all = MethodTraining.BaselineSettings(Options).Concat(method.Stages(Options)).ToDictionary(s => s.Name);
            var own = method.Stages(method.Outlook.Alone(Options)).SelectMany(s => Chain(s.Name)).Distinct().ToList();
            return own.All(Manifest.Seconds.ContainsKey) ? own.Sum(s => Manifest.Seconds[s]) : null;

            IEnumerable<string> Chain(string stage) => all[stage].After is { } before ? Chain(before).Append(stage) : [stage];
        }
    }

    /// <summary>What the method is.</summary>
    internal MethodCard CardOf(string? name, ulong? seed, params IReadOnlyList<(string Name, string Value)> facts) => new(name ?? Options.Name, Manifest.Modalities)
    {
        Source = Directory.Path,
        Target = Target,
        PaddedInFront = Manifest.PaddedInFront ?? [],
        Seed = seed ?? (ulong)Options.Seed,
        Facts = [.. facts, ("versions", string.Join(", ", Manifest.Versions.Select(v => $"{v.Key} {v.Value}")))],
    };

    /// <summary>Encodes utterances for the method, or for the baselines' classifier where the method has no encoders of its own.</summary>
    internal LatentStore Encode(Split rows, FeatureTensors features) => SharesLatents ? Baselines.Encode(rows, features) : Method.Encode(rows, features);

    /// <summary>Whether the method's own latents are those of the baselines' classifier.</summary>
    internal bool SharesLatents => _method.Recovery is null or TwoStageModel;

    /// <summary>Encodes a split of a data set for the method.</summary>
    internal (FeatureTensors Features, LatentStore Latents) Encode(DataSet data, string split)
    {
        data.CheckModalities(Manifest.Modalities, Directory.Path);
        var features = FeatureTensors.From(data[split], Baselines.Statistics.ToStandardiser(), Device);
        return (features, Encode(data[split], features));
    }

    /// <summary>Encodes a split of a data set without keeping its features, some rows at a time: for splits that may be large.</summary>
    internal LatentStore EncodeLatents(DataSet data, string split)
    {
        const int partRows = 1024;
        data.CheckModalities(Manifest.Modalities, Directory.Path);
        var (rows, standardiser) = (data[split], Baselines.Statistics.ToStandardiser());
        return LatentStore.Join(rows, [.. Enumerable.Range(0, rows.Count).Chunk(partRows).Select(chunk =>
        {
            var part = rows.Select(rows.Name, chunk);
            using var features = FeatureTensors.From(part, standardiser, Device);
            return Encode(part, features);
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
