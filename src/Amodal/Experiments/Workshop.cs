namespace Amodal.Experiments;

/// <summary>A run that is trained.</summary>
internal sealed record TrainJob(ExperimentOptions Options, DataSet Data, Job Job) : Job(Job);

/// <summary>Makes the jobs of an experiment on a store. Owns the run that it loaded last.</summary>
/// <param name="store">Where everything is kept.</param>
internal sealed class Workshop(Store store, Device device) : IDisposable
{
    /// <summary>What is evaluated.</summary>
    public const string Split = "test";

    private readonly string _circumstances = Key.Circumstances(device);
    private readonly List<TrainJob> _runs = [];
    private TrainedRun? _loaded;
    private Split? _leased;

    /// <summary>Where everything is kept.</summary>
    public Store Store => store;

    /// <summary>Where to compute.</summary>
    public Device Device => device;

    /// <summary>Trains a run, and takes over every stage that another run of the store has trained just so.</summary>
    public TrainJob Train(ExperimentOptions options, DataSet data)
    {
        var name = $"{options.Method}-seed{options.Seed}-{Key.OfRun(options, data.Digest, _circumstances)}";
        if (_runs.FirstOrDefault(r => r.Name == name) is { } known)
        {
            return known;
        }

        var run = new RunDirectory(store.Run(name));
        Remember(run, data);
        StageClaims? claims = null;
        var job = new Job(JobKind.Train, name, name, run.Path, [], (progress, stop) =>
        {
            // Settings that the method does not look at may be others in a run of this name that was begun before.
            var begun = run.Exists ? ExperimentFile.Of(run) : options;
            new Trainer(begun, data, run, device, new Progress(name, (what, done) =>
            {
                claims?.Release(stage => File.Exists(run.StageFile(stage)));
                progress?.Invoke(what, done);
            })).Train(resume: run.Exists, [.. Donors(options, data, run)], stop);
        })
        {
            IsDone = () => IsComplete(run),
            Share = _ => claims = ClaimStages(options, data, run),
        };
        _runs.Add(new TrainJob(options, data, job));
        return _runs[^1];
    }

    /// <summary>Predicts by a run's method.</summary>
    /// <param name="sampler">How it samples; null where it does not.</param>
    /// <param name="split">Of which utterances.</param>
    public Job Predict(TrainJob run, SamplerOptions? sampler, int draw, string label, string split = Split) =>
        Predict(run, sampler is null ? "" : YamlOptions.Write(sampler), draw, label, loaded => [loaded.CreateMethod(sampler: sampler)], split);

    /// <summary>Predicts by the baselines that were trained with a run.</summary>
    public Job Baselines(TrainJob run) => Predict(run, "baselines", draw: 0, "baselines", RunBaselines.Of, Split);

    /// <summary>Measures something of a run.</summary>
    /// <typeparam name="T">What is measured; a record that JSON can hold.</typeparam>
    /// <param name="parts">What else decides it, beside the run, version, threads and device.</param>
    public Job Measure<T>(
        string kind, TrainJob run, IEnumerable<string> parts, string label, Func<TrainedRun, DataSet, Action<double>, CancellationToken, T> measure)
        where T : class
    {
        var key = Key.Of([kind, run.Name, _circumstances, .. parts]);
        var path = store.Measurement(kind, key);
        return new Job(JobKind.Measure, $"{kind}-{key}", label, path, [run], (progress, stop) =>
        {
            progress?.Invoke(label, 0);
            Store.Write(path, measure(Load(run), run.Data, done => progress?.Invoke(label, done), stop));
            progress?.Invoke(label, 1);
        });
    }

    public void Dispose()
    {
        if (_leased is not null)
        {
            _loaded?.Return(_leased);
        }

        _loaded?.Dispose();
        (_loaded, _leased) = (null, null);
    }

    /// <summary>A run, and its utterances encoded, until another is asked for: jobs of one run come one after the other.</summary>
    private TrainedRun Load(TrainJob job)
    {
        if (_loaded?.Directory.Path != job.Path)
        {
            Dispose();
            _loaded = TrainedRun.Load(job.Path, device);
            _loaded.Lease(_leased = job.Data[Split]);
        }

        return _loaded;
    }

    private Job Predict(TrainJob run, string what, int draw, string label, Func<TrainedRun, IReadOnlyList<IMethod>> methods, string split)
    {
        var key = Key.Of(run.Name, _circumstances, split, what, $"draw {draw}");
        var path = store.Predictions(key);
        return new Job(JobKind.Predict, key, label, path, [run], (progress, stop) =>
            PredictionTable.Make(methods(Load(run)), run.Data[split], draw, (from, done) => progress?.Invoke($"{label}: {from}", done), stop).Write(path));
    }

    private static bool IsComplete(RunDirectory run) => run.Exists && run.ReadManifest().IsComplete;

    /// <summary>A run is known by its content; its file may have moved since.</summary>
    private static void Remember(RunDirectory run, DataSet data)
    {
        if (IsComplete(run) && run.ReadManifest() is var manifest && manifest.DataFile != data.Source)
        {
            run.Write(manifest with { DataFile = data.Source });
        }
    }

    /// <summary>Claims every stage that is neither in the run nor in another of the store; null, and none, where another process trains one.</summary>
    private StageClaims? ClaimStages(ExperimentOptions options, DataSet data, RunDirectory run)
    {
        var claims = new StageClaims();
        foreach (var (stage, key) in StageKeys.Of(options).Where(s => !File.Exists(run.StageFile(s.Key))))
        {
            if (Donors(options, data, run, stage).Any())
            {
                continue;
            }

            if (store.TryClaim($"stage-{Key.Of(StageNames.Before(stage), key, data.Digest, _circumstances)}") is not { } claim)
            {
                claims.Dispose();
                return null;
            }

            claims.Add(stage, claim);
        }

        return claims;
    }

    /// <summary>All other runs with finished stages that this run would train the same, those with most first.</summary>
    /// <param name="only">A stage that it must be; null for any.</param>
    private IEnumerable<RunDirectory> Donors(ExperimentOptions options, DataSet data, RunDirectory run, string? only = null) =>
        Directory.CreateDirectory(Path.GetDirectoryName(run.Path)!).GetDirectories().Select(d => d.FullName).Order(StringComparer.Ordinal).Select(path => new RunDirectory(path))
            .Where(other => other.Path != run.Path && other.Exists)
            .Select(other => (Run: other, Options: ExperimentFile.Of(other)))
            // A name is made of data, configuration and circumstances: only a run of these has the one that they make.
            .Where(other => other.Run.Path.EndsWith(Key.OfRun(other.Options, data.Digest, _circumstances), StringComparison.Ordinal))
            .Select(other => (other.Run, Stages: StageKeys.Shared(other.Options, options).Count(stage => (only ?? stage) == stage && File.Exists(other.Run.StageFile(stage)))))
            .Where(other => other.Stages > 0).OrderByDescending(other => other.Stages).Select(other => other.Run);

    /// <summary>The rights to train stages, each until the stage is finished or all are given back.</summary>
    private sealed class StageClaims : IDisposable
    {
        private readonly Dictionary<string, IDisposable> _claims = [];

        public void Add(string stage, IDisposable claim) => _claims.Add(stage, claim);

        public void Release(Func<string, bool> isFinished)
        {
            foreach (var (stage, claim) in _claims.Where(c => isFinished(c.Key)).ToList())
            {
                claim.Dispose();
                _ = _claims.Remove(stage);
            }
        }

        public void Dispose() => Release(_ => true);
    }

    private sealed class Progress(string name, Action<string, double> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            var share = (value.Epoch - 1 + value.Done) / value.Epochs;
            report($"{name}: {value.Stage}{(value.IsPreparation ? ", recovering ahead" : "")}", value.IsPreparation ? value.Done : share);
        }
    }
}
