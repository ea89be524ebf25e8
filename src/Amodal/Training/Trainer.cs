using System.Runtime.InteropServices;
using Amodal.Data;
using Amodal.Files;
using Amodal.Prediction;
using Amodal.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace Amodal.Training;

/// <summary>Trains the method and the rivals it is compared with, stage by stage, into a run directory.</summary>
public sealed class Trainer(ExperimentOptions options, DataSet data, RunDirectory run, Device device, IProgress<TrainingProgress>? progress = null)
{
    /// <summary>The stages of our own method, in order.</summary>
    public static IReadOnlyList<string> StageNames { get; } = [.. MethodTraining.FloorStages, "score", "recovery"];

    private ulong Seed => (ulong)options.Seed;

    /// <summary>Begins a run, or goes on with one.</summary>
    /// <param name="resume">Whether the folder's run is continued.</param>
    /// <param name="reuse">A run on the same data and seed whose finished stages are taken over where their settings are the same; null for none.</param>
    /// <param name="stop">Stops after the step under way; finished epochs are kept.</param>
    /// <returns>The learning curves by stage.</returns>
    /// <exception cref="InputException">The run does not fit the data or the configuration.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IReadOnlyDictionary<string, IReadOnlyList<EpochRecord>> Train(bool resume, RunDirectory? reuse = null, CancellationToken stop = default)
    {
        var method = CreateMethod();
        try
        {
            return Train(method, resume, reuse, stop);
        }
        finally
        {
            method.Dispose();
        }
    }

    private Dictionary<string, IReadOnlyList<EpochRecord>> Train(MethodTraining method, bool resume, RunDirectory? reuse, CancellationToken stop)
    {
        var manifest = Describe([.. MethodTraining.FloorStages, .. method.StageNames]);
        if (resume && run.Exists)
        {
            CheckSame(manifest);
            manifest = manifest with { Threads = run.ReadManifest().Threads }; // those it was trained with, if all of it was
        }
        else
        {
            run.Begin(options, manifest);
        }

        if (reuse is not null)
        {
            TakeOver(reuse, manifest);
        }

        var curves = TrainStages(method, stop);
        run.Write(manifest with { IsComplete = true });
        return curves;
    }

    private MethodTraining CreateMethod()
    {
        Stage.SeedTorch(new StableRandom(Seed, StableRandom.KeyOf("weights")).NextUInt64());
        var method = MethodTraining.Create(data.Modalities, options);
        method.Floors.MoveTo(device);
        method.Model.MoveTo(device);
        return method;
    }

    private Dictionary<string, IReadOnlyList<EpochRecord>> TrainStages(MethodTraining method, CancellationToken stop)
    {
        var floors = method.Floors;
        var standardiser = Standardiser.Fit(data["train"]);
        floors.Statistics.Fit(standardiser, data["train"]);
        var runner = new StageRunner(run, progress, options.TensorBoard);
        var curves = new Dictionary<string, IReadOnlyList<EpochRecord>>();
        using var training = new TrainingData(data, standardiser, device);
        TrainClassifiers(floors, training, Run);
        floors.FitLatents(training.TrainFeatures);
        run.SaveStage(MethodTraining.Statistics, MethodTraining.CheckpointsOf(floors)[^1].Modules, []);
        method.Train(training, Run);
        return curves;

        void Run(Stage stage) => curves[stage.Name] = runner.Run(stage, stop);
    }

    private void TrainClassifiers(FloorModels floors, TrainingData training, Action<Stage> runStage)
    {
        using var trainLabels = tensor(training.Train.Labels, device: device);
        using var validLabels = tensor(training.Valid.Labels, device: device);
        Stage[] stages =
        [
            Make("classifier", "complete", floors.Complete, floors.Complete.Predict, drop: false),
            Make("dropout-rival", "dropout", floors.Dropout, floors.Dropout.Predict, drop: true),
            Make("language-rival", "language", floors.Language, x => floors.Language.Predict(x[floors.Primary]), drop: false),
        ];
        foreach (var stage in stages)
        {
            runStage(stage);
        }

        ClassifierStage Make(string name, string module, nn.Module network, Func<IReadOnlyList<Tensor>, Tensor> predict, bool drop) => new(
            name, Seed, module, network, predict, options.Classifier, training.TrainFeatures, training.ValidFeatures, trainLabels, validLabels, drop);
    }

    /// <summary>The versions that a manifest names.</summary>
    internal static IReadOnlyDictionary<string, string> Versions() => new Dictionary<string, string>
    {
        ["amodal"] = typeof(Trainer).Assembly.GetName().Version!.ToString(3),
        ["torchSharp"] = typeof(torch).Assembly.GetName().Version!.ToString(3),
        ["libtorch"] = __version__,
        ["dotnet"] = Environment.Version.ToString(),
        ["system"] = $"{RuntimeInformation.OSDescription} {RuntimeInformation.ProcessArchitecture}",
    };

    private RunManifest Describe(IReadOnlyList<string> stages) => new()
    {
        Versions = Versions(),
        Threads = get_num_threads(),
        DataFile = data.Source,
        DataDigest = data.Digest,
        Modalities = data.Modalities,
        Stages = stages,
        Notes = data.Notes,
    };

    /// <summary>Copies the stages that this run would train exactly as the other did.</summary>
    private void TakeOver(RunDirectory other, RunManifest now)
    {
        var (before, theirs) = (other.ReadManifest(), other.ReadOptions());
        if (before.DataDigest != now.DataDigest || theirs.Seed != options.Seed || before.Threads != now.Threads)
        {
            throw new InputException(other.Path, null, "has other data, another seed or another number of threads; only stages that would come out the same are taken over.");
        }

        var stages = StageSharing.Between(theirs, options);
        foreach (var stage in stages.Where(s => now.Stages.Contains(s) && File.Exists(other.StageFile(s)) && !File.Exists(run.StageFile(s))))
        {
            AtomicFile.Write(run.StageFile(stage), target =>
            {
                using var source = InputFile.Open(other.StageFile(stage));
                source.CopyTo(target);
            });
        }
    }

    private void CheckSame(RunManifest now)
    {
        var before = run.ReadManifest();
        if (before.DataDigest != now.DataDigest)
        {
            throw new InputException(data.Source, null, $"is not the data that {run.Path} was begun with ({before.DataFile}); resume with that, or begin a new run.");
        }

        if (!run.ReadOptions().TrainsLike(options))
        {
            throw new InputException(run.Path, "config.yaml", "differs from the configuration given; resume with the same --config, --set and --seed, or begin a new run.");
        }

        if (before.Threads != now.Threads && !now.Stages.All(s => File.Exists(run.StageFile(s))))
        {
            throw new InputException(run.Path, "threads",
                $"was begun with {before.Threads} and would go on with {now.Threads}, but results repeat only with the same number; resume with --threads {before.Threads}, or begin a new run.");
        }
    }
}
