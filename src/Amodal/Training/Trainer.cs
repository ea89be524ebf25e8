using System.Runtime.InteropServices;
using Amodal.Data;
using Amodal.Files;
using Amodal.Latents;
using Amodal.Prediction;
using Amodal.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace Amodal.Training;

/// <summary>Trains the method and the rivals it is compared with, stage by stage, into a run directory.</summary>
public sealed class Trainer(ExperimentOptions options, DataSet data, RunDirectory run, Device device, IProgress<TrainingProgress>? progress = null)
{
    /// <summary>The stages, in order.</summary>
    public static IReadOnlyList<string> StageNames { get; } = ["classifier", "dropout-rival", "language-rival", "score", "recovery"];

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
        var manifest = Describe();
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

        using var model = CreateModel();
        var curves = TrainStages(model, stop);
        run.Write(manifest with { IsComplete = true });
        return curves;
    }

    private AmodalModel CreateModel()
    {
        Stage.SeedTorch(new StableRandom(Seed, StableRandom.KeyOf("weights")).NextUInt64());
        var model = new AmodalModel(data.Modalities, options.ToModelOptions(), Seed);
        model.MoveTo(device);
        return model;
    }

    private Dictionary<string, IReadOnlyList<EpochRecord>> TrainStages(AmodalModel model, CancellationToken stop)
    {
        var (train, valid) = (data["train"], data["valid"]);
        var standardiser = Standardiser.Fit(train);
        model.Statistics.Fit(standardiser, train);
        var runner = new StageRunner(run, progress, options.TensorBoard);
        var curves = new Dictionary<string, IReadOnlyList<EpochRecord>>();
        using var trainFeatures = FeatureTensors.From(train, standardiser, device);
        using var validFeatures = FeatureTensors.From(valid, standardiser, device);
        TrainClassifiers(model, runner, curves, trainFeatures, validFeatures, stop);

        FitLatents(model, trainFeatures);
        run.SaveStage("statistics", new Dictionary<string, nn.Module> { ["statistics"] = model.Statistics, ["latentScale"] = model.LatentScale }, []);
        using var trainLatents = LatentStore.Encode(train, trainFeatures, model.Complete.Encoders, model.LatentScale);
        using var validLatents = LatentStore.Encode(valid, validFeatures, model.Complete.Encoders, model.LatentScale);
        TrainRecovery(model, runner, curves, trainLatents, validLatents, stop);
        return curves;
    }

    private void TrainClassifiers(AmodalModel model, StageRunner runner, Dictionary<string, IReadOnlyList<EpochRecord>> curves,
        FeatureTensors train, FeatureTensors valid, CancellationToken stop)
    {
        using var trainLabels = tensor(data["train"].Labels, device: device);
        using var validLabels = tensor(data["valid"].Labels, device: device);
        Stage[] stages =
        [
            Make("classifier", "complete", model.Complete, model.Complete.Predict, drop: false),
            Make("dropout-rival", "dropout", model.Dropout, model.Dropout.Predict, drop: true),
            Make("language-rival", "language", model.Language, x => model.Language.Predict(x[model.Primary]), drop: false),
        ];
        foreach (var stage in stages)
        {
            curves[stage.Name] = runner.Run(stage, stop);
        }

        ClassifierStage Make(string name, string module, nn.Module network, Func<IReadOnlyList<Tensor>, Tensor> predict, bool drop) =>
            new(name, Seed, module, network, predict, options.Classifier, train, valid, trainLabels, validLabels, drop);
    }

    private static void FitLatents(AmodalModel model, FeatureTensors train)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var latents = train.Values.Select((x, m) => model.Complete.Encoders.Encode(m, x)).ToList();
        model.Statistics.FitLatents([.. latents.Select(l => l.mean([0]))]);
        model.LatentScale.Fit(latents);
    }

    private void TrainRecovery(AmodalModel model, StageRunner runner, Dictionary<string, IReadOnlyList<EpochRecord>> curves,
        LatentStore train, LatentStore valid, CancellationToken stop)
    {
        if (options.Recovery != Diffusion.Recovery.None)
        {
            // Torch's generator is where the stages before left it, or at its start where they were loaded: the weights must not depend on that.
            Stage.SeedTorch(new StableRandom(Seed, StableRandom.KeyOf("score-weights")).NextUInt64());
            using var live = model.CreateScoreNetworks(Seed);
            live.to(device);
            var score = new ScoreStage(model, options.Score, train, valid, live, Seed);
            curves[score.Name] = runner.Run(score, stop);
        }

        CopyWeights(model.Complete.Fusion, model.Fusion);
        using var recovery = new RecoveryStage(model, options.Stage2, train, valid, Seed);
        curves[recovery.Name] = runner.Run(recovery, stop);
    }

    /// <summary>Stage 2 starts from the fusion that stage 1a trained.</summary>
    private static void CopyWeights(nn.Module from, nn.Module to)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var target = to.state_dict();
        foreach (var (name, x) in from.state_dict())
        {
            target[name].copy_(x);
        }
    }

    private RunManifest Describe() => new()
    {
        Versions = new Dictionary<string, string>
        {
            ["amodal"] = typeof(Trainer).Assembly.GetName().Version!.ToString(3),
            ["torchSharp"] = typeof(torch).Assembly.GetName().Version!.ToString(3),
            ["libtorch"] = __version__,
            ["dotnet"] = Environment.Version.ToString(),
            ["system"] = $"{RuntimeInformation.OSDescription} {RuntimeInformation.ProcessArchitecture}",
        },
        Threads = get_num_threads(),
        DataFile = data.Source,
        DataDigest = data.Digest,
        Modalities = data.Modalities,
        Stages = [.. StageNames.Where(s => s != "score" || options.Recovery != Diffusion.Recovery.None)],
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
        foreach (var stage in stages.Where(s => File.Exists(other.StageFile(s)) && !File.Exists(run.StageFile(s))))
        {
            AtomicFile.Write(run.StageFile(stage), target =>
            {
                using var source = File.OpenRead(other.StageFile(stage));
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

        if (before.Threads != now.Threads && !StageNames.All(s => File.Exists(run.StageFile(s))))
        {
            throw new InputException(run.Path, "threads",
                $"was begun with {before.Threads} and would go on with {now.Threads}, but results repeat only with the same number; resume with --threads {before.Threads}, or begin a new run.");
        }
    }
}
