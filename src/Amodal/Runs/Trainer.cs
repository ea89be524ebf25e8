using Amodal.Data.Inspection;

namespace Amodal.Runs;

/// <summary>Trains the method and the baselines it is compared with, stage by stage, into a run directory.</summary>
public sealed class Trainer(ExperimentOptions options, DataSet data, RunDirectory run, Device device, IProgress<TrainingProgress>? progress = null)
{
    /// <summary>The stages of our own method, in order.</summary>
    public static IReadOnlyList<string> StageNames { get; } = [.. MethodTraining.BaselineStages, "score", "recovery"];

    /// <summary>What was noted of the training that is gone on with, or taken over from: versions that are not this program's.</summary>
    public IReadOnlyList<string> Notes { get; private set; } = [];

    private ulong Seed => (ulong)options.Seed;

    /// <summary>Begins a run, or goes on with one.</summary>
    /// <param name="resume">Whether the folder's run is continued.</param>
    /// <param name="reuse">A run on the same data and seed whose finished stages are taken over where their settings are the same; null for none.</param>
    /// <param name="stop">Stops after the step under way; finished epochs are kept.</param>
    /// <returns>The learning curves by stage.</returns>
    /// <exception cref="InputException">
    /// The run does not fit the data or the configuration, another training holds its folder, the data have too many modalities,
    /// or torch computes with other threads than the experiment asks for.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IReadOnlyDictionary<string, IReadOnlyList<EpochRecord>> Train(bool resume, RunDirectory? reuse = null, CancellationToken stop = default) =>
        Train(resume, reuse is null ? [] : [reuse], stop);

    /// <summary>The same with stages taken over from several runs, from the first that has one.</summary>
    internal IReadOnlyDictionary<string, IReadOnlyList<EpochRecord>> Train(bool resume, IReadOnlyList<RunDirectory> reuse, CancellationToken stop)
    {
        CheckLimits();
        var method = CreateMethod();
        try
        {
            var manifest = Describe([.. StageKeys.Of(options).Keys]);
            foreach (var other in reuse)
            {
                CheckShared(other, manifest);
            }

            using var held = run.Hold();
            return Train(method, manifest, resume, reuse, stop);
        }
        finally
        {
            method.Dispose();
        }
    }

    private IReadOnlyDictionary<string, IReadOnlyList<EpochRecord>> Train(MethodTraining method, RunManifest manifest, bool resume, IReadOnlyList<RunDirectory> reuse, CancellationToken stop)
    {
        if (resume && run.Exists)
        {
            var before = run.ReadManifest();
            CheckSame(before, manifest);
            Note(run, before, manifest);
            // Threads and device are those it was trained with, if all of it was.
            manifest = manifest with { Threads = before.Threads, Device = before.Device.Length == 0 ? manifest.Device : before.Device, Notes = [.. before.Notes.Union(manifest.Notes)], Seconds = before.Seconds };
        }
        else
        {
            run.Begin(options, manifest);
        }

        foreach (var other in reuse)
        {
            TakeOver(other, manifest);
        }

        manifest = manifest with { Notes = [.. manifest.Notes.Union(Notes)] };
        var curves = TrainStages(method, stop);
        run.Write(manifest with { IsComplete = true, Seconds = run.ReadManifest().Seconds });
        return curves;
    }

    private MethodTraining CreateMethod()
    {
        Stage.SeedTorch(new StableRandom(Seed, StableRandom.KeyOf("weights")).NextUInt64());
        var method = MethodCatalogue.Of(options.Method).Create(data.Modalities, data.Target, options);
        method.MoveTo(device);
        return method;
    }

    private IReadOnlyDictionary<string, IReadOnlyList<EpochRecord>> TrainStages(MethodTraining method, CancellationToken stop)
    {
        var stages = new StageSequence(new StageRunner(run, progress, options.TensorBoard), run, stop);
        TrainStages(method, options, data, device, stages);
        return stages.Curves;
    }

    /// <summary>Trains the classifiers that every run has, and what the method has beside them.</summary>
    internal static void TrainStages(MethodTraining method, ExperimentOptions options, DataSet data, Device device, IStageSequence stages)
    {
        var baselines = method.Baselines;
        var standardiser = Standardiser.Fit(data["train"]);
        baselines.Statistics.Fit(standardiser, data["train"]);
        using var training = new TrainingData(data, standardiser, device, options.MissingRate);
        foreach (var classifier in baselines.Classifiers)
        {
            using var stage = new ClassifierStage(classifier, (ulong)options.Seed, options.Classifier, training);
            stages.Run(stage);
        }

        stages.Fit(MethodTraining.Statistics, MethodTraining.CheckpointsOf(baselines)[^1].Modules, () => baselines.FitLatents(training.TrainFeatures));
        method.Train(training, stages);
    }

    private RunManifest Describe(IReadOnlyList<string> stages) => new()
    {
        Versions = RunManifest.CurrentVersions(),
        Threads = get_num_threads(),
        Device = device.ToString(),
        DataFile = data.Source,
        DataDigest = data.OwnDigest,
        Also = data.Also,
        AlsoDigest = data.Also is null ? null : data.Digest,
        Modalities = data.Modalities,
        Target = data.Target is ScoreTarget ? null : data.Target.Spec,
        PaddedInFront = data["train"].Features.Where(FeatureInspector.IsPaddedInFront).Select(f => f.Modality.Name).ToList() is { Count: > 0 } front ? front : null,
        Stages = stages,
        Notes = data.Notes,
    };

    /// <summary>What would end a later stage is said before the first.</summary>
    private void CheckLimits()
    {
        if (data.Modalities.Count > Patterns.MaximumModalities)
        {
            throw new InputException(data.Source, "modalities", string.Create(CultureInfo.InvariantCulture,
                $"are {data.Modalities.Count}; a method is trained on every set of what may be missing, which is for {Patterns.MaximumModalities} at most. Leave some out, or join some."));
        }

        if (options.Threads > 0 && options.Threads != get_num_threads())
        {
            throw new InputException("threads", null,
                $"is {options.Threads} in the experiment, and torch computes with {get_num_threads()}; call torch.set_num_threads({options.Threads}) before, or set threads to 0, which takes what torch has.");
        }
    }

    /// <summary>Refuses to take stages from a run whose stages this one could not have trained.</summary>
    private void CheckShared(RunDirectory other, RunManifest now)
    {
        var (before, theirs) = (other.ReadManifest(), ExperimentFile.Of(other));
        (string Key, string Theirs, string Ours)[] faults =
        [
            .. !IsSameData(before, now) ? [("data", DataOf(before), DataOf(now))] : Array.Empty<(string, string, string)>(),
            .. theirs.Seed != options.Seed ? [("seed", Text(theirs.Seed), Text(options.Seed))] : Array.Empty<(string, string, string)>(),
            .. before.Threads != now.Threads ? [("threads", Text(before.Threads), Text(now.Threads))] : Array.Empty<(string, string, string)>(),
            .. before.Device.Length > 0 && before.Device != now.Device ? [("device", before.Device, now.Device)] : Array.Empty<(string, string, string)>(),
        ];
        if (faults.Length > 0)
        {
            throw new InputException(other.Path, null,
                $"has another {string.Join(", and another ", faults.Select(f => $"{f.Key} ({f.Theirs}, here {f.Ours})"))}; only stages that would come out the same are taken over.");
        }

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Copies the stages that this run would train exactly as the other did.</summary>
    private void TakeOver(RunDirectory other, RunManifest now)
    {
        var stages = StageKeys.Shared(ExperimentFile.Of(other), options)
            .Where(s => now.Stages.Contains(s) && File.Exists(other.StageFile(s)) && !File.Exists(run.StageFile(s))).ToList();
        foreach (var stage in stages)
        {
            AtomicFile.Write(run.StageFile(stage), target =>
            {
                using var source = InputFile.Open(other.StageFile(stage));
                source.CopyTo(target);
            });
        }

        if (stages.Count > 0)
        {
            var theirs = other.ReadManifest();
            run.NoteSeconds(theirs.Seconds.Where(s => stages.Contains(s.Key)));
            Note(other, theirs, now);
        }
    }

    /// <summary>Notes versions that differ: results may then differ, too, but it is no fault.</summary>
    private void Note(RunDirectory other, RunManifest before, RunManifest now) => Notes =
    [
        .. Notes,
        .. before.Versions.Where(v => now.Versions.TryGetValue(v.Key, out var value) && value != v.Value)
            .Select(v => $"{(other == run ? "what was trained before" : $"what was taken from {other.Path}")} is of {v.Key} {v.Value}, the rest of {v.Key} {now.Versions[v.Key]}: results may differ from those of one version"),
    ];

    private static bool IsSameData(RunManifest before, RunManifest now) => before.DataDigest == now.DataDigest && before.AlsoDigest == now.AlsoDigest;

    private static string DataOf(RunManifest manifest) => manifest.Also is null ? manifest.DataFile : $"{manifest.DataFile} and also {manifest.Also}";

    private void CheckSame(RunManifest before, RunManifest now)
    {
        if (!IsSameData(before, now))
        {
            throw new InputException(DataOf(now), null, $"is not the data that {run.Path} was begun with ({DataOf(before)}); go on with that, or begin a new run.");
        }

        if (ExperimentFile.Of(run) is var begun && !begun.TrainsLike(options))
        {
            var differences = YamlOptions.Differences(begun, options with { TensorBoard = begun.TensorBoard, Threads = begun.Threads })
                .Select(d => $"{d.Key} is {d.First} there and {d.Second} here");
            throw new InputException(run.Path, "config.yaml",
                $"differs from the configuration given: {string.Join(", ", differences)}; go on with the same settings and seed, or begin a new run.");
        }

        var isTrained = now.Stages.All(s => File.Exists(run.StageFile(s)));
        if (before.Threads != now.Threads && !isTrained)
        {
            throw new InputException(run.Path, "threads",
                $"was begun with {before.Threads} and would go on with {now.Threads}, but results repeat only with the same number; go on with as many, or begin a new run.")
            { Remedies = ["threads"] };
        }

        if (before.Device.Length > 0 && before.Device != now.Device && !isTrained)
        {
            throw new InputException(run.Path, "device",
                $"was begun on {before.Device} and would go on on {now.Device}, but results repeat only on the same; go on there, or begin a new run.")
            { Remedies = ["device"] };
        }
    }
}
