using TorchSharp;
using static TorchSharp.torch.nn;

namespace Amodal.Methods.TwoStage;

/// <summary>The whole method: encoders, score networks, alignment decoders and fusion, with the baselines beside it. Owns its weights.</summary>
internal sealed class TwoStageModel : IRecoveryModel
{
    private bool _isBfloat16;

    /// <summary>Creates every network with fresh weights from torch's global generator, which the caller seeds.</summary>
    /// <param name="modalities">The data's modalities, at least two.</param>
    /// <param name="target">What is predicted; null for a score.</param>
    public TwoStageModel(IReadOnlyList<Modality> modalities, ExperimentOptions options, ulong seed, Target? target = null)
    {
        (Modalities, Options, Target) = (modalities, options, target ?? Target.Score);
        Baselines = new BaselineNetworks(modalities, options, Target);
        Shapes = Complete.Encoders.Shapes;
        Scores = CreateScoreNetworks(seed);
        Decoders = new AlignmentDecoders(Shapes, options.Alignment);
        Fusion = new FusionNetwork(Shapes, options.Fusion, Target.Width);
        Students = options.Distillation.IsEnabled ? CreateStudents(seed) : null; // last: no weight of another network depends on it
        Guide = options.Sampler.IsGuidedByClassifier && Recovers ? new ClassifierGuide(Shapes, options, LatentScale, Target) : null;
    }

    /// <summary>The data's modalities.</summary>
    public IReadOnlyList<Modality> Modalities { get; }

    /// <summary>The settings.</summary>
    public ExperimentOptions Options { get; }

    /// <summary>What is predicted, which the data say.</summary>
    public Target Target { get; }

    /// <summary>Latent shapes, one per modality.</summary>
    public IReadOnlyList<LatentShape> Shapes { get; }

    /// <summary>Stage 1a and what else is trained alike whatever the method.</summary>
    public BaselineNetworks Baselines { get; }

    /// <summary>Stage 1a: encoders and fusion that saw complete data only.</summary>
    public Classifier Complete => Baselines.Complete;

    /// <summary>The strongest baseline: a classifier trained with modalities dropped and zero-filled.</summary>
    public Classifier Dropout => Baselines.Dropout;

    /// <summary>The baseline that sees the primary modality only.</summary>
    public UnimodalClassifier Language => Baselines.Language;

    /// <summary>Statistics of the training split.</summary>
    public ModelStatistics Statistics => Baselines.Statistics;

    public LatentStandardiser LatentScale => Baselines.LatentScale;

    /// <summary>Stage 1b: one score network per modality.</summary>
    public ScoreNetworks Scores { get; }

    /// <summary>Stage 1c: one student per modality, which takes its score network's place; null without distillation. A student answers x_0 (<see cref="StudentNetwork"/>).</summary>
    public ScoreNetworks? Students { get; }

    /// <summary>What the gradient of classifiers is taken of; null without classifier guidance.</summary>
    public ClassifierGuide? Guide { get; }

    /// <summary>Stage 2: one alignment decoder per modality.</summary>
    public AlignmentDecoders Decoders { get; }

    /// <summary>Stage 2: fusion that knows recovered latents.</summary>
    public FusionNetwork Fusion { get; }

    /// <summary>Index of <see cref="Language"/>'s modality.</summary>
    public int Primary => Baselines.Primary;

    /// <summary>The students' sampler where there are any, else the configured one.</summary>
    public SamplerOptions Sampler => Students is null ? Options.Sampler : Options.Distillation.SamplerOf(Options.Objective);

    public Objective Objective => Options.Objective;

    public bool IsDistilled => Students is not null;

    public bool HasDecoders => Options.Alignment.Enabled;

    public bool Recovers => Options.Recovery != Recovery.None;

    public long? Operations(SamplerOptions sampler, ModalitySet observed) => RecoveryFlops.Count(
        Modalities.Count, observed, Options.Recovery, Options.Conditioning, sampler, (m, given) =>
        {
            var (network, conditions) = ((Students ?? Scores).All[m], given.Members.ToArray());
            var gradient = sampler.IsGuidedByClassifier ? ClassifierGuide.CountFlops(Shapes[m], Options) : 0;
            return (network.CountFlops(conditions) + gradient, network.CountPreparationFlops(conditions));
        });

    public Conditioning Conditioning => Options.Conditioning;

    /// <summary>The modality whose name means language (<see cref="ModalityRoles"/>); the first where none does.</summary>
    public static int PrimaryModality(IReadOnlyList<Modality> modalities) =>
        new ModalityRoles([.. modalities.Select(m => m.Name)]).Of(ModalityRoles.Language) ?? 0;

    /// <summary>Fresh score networks of this model's kind; their Fourier frequencies come from the seed, so two calls agree in them.</summary>
    public ScoreNetworks CreateScoreNetworks(ulong seed) => new(Options.Backbone, Shapes, seed);

    /// <summary>Fresh students of this model's kind.</summary>
    public ScoreNetworks CreateStudents(ulong seed) => new(Options.Distillation.Backbone, Shapes, seed);

    /// <summary>
    /// The path with a seed of its noise and a sampler; null takes <see cref="Sampler"/>. Where there are students, they answer to their own
    /// sampler, with the evaluations that they were distilled to; to any other, their teachers do.
    /// </summary>
    public LatentPath<Tensor> CreatePath(ulong seed, SamplerOptions? sampler = null)
    {
        sampler ??= Sampler;
        if (Options.Recovery != Recovery.None)
        {
            sampler.CheckFits(Objective, Options.Recovery, Options.Score.EmptyConditionRate, Guide is not null);
        }

        var engine = TorchEngine.Of(
            NetworksFor(sampler), Objective, Options.CreateProcess(), Conditioning, Align, (latents, allObserved) => allObserved ? FuseComplete(latents) : Fuse(latents),
            sampler.IsGuidedByClassifier ? (score, target, given) => Guide!.Guide(score, target, given, sampler.Guidance) : null);
        return new LatentPath<Tensor>(engine, Options.ToPathSettings(SamplingPlan.Create(sampler), seed, Target));
    }

    public LatentStore Encode(Split rows, FeatureTensors features) => Baselines.Encode(rows, features);

    public Tensor AverageLatent(int modality)
    {
        using var scope = NewDisposeScope();
        return LatentScale.Standardise(modality, Statistics.LatentAverage(modality).unsqueeze(0)).MoveToOuterDisposeScope();
    }

    /// <summary>Aligns recovered latents; without a decoder they stay as they are.</summary>
    /// <param name="recovered">Standardised latent, (batch, channels, time).</param>
    public Tensor Align(int modality, Tensor recovered) =>
        Options.Alignment.Enabled ? Decoders.Align(modality, recovered) : recovered.alias();

    /// <summary>Predicts from latents of every modality, observed or recovered and aligned; standardised, (batch, channels, time) each.</summary>
    /// <returns>(batch).</returns>
    public Tensor Fuse(IReadOnlyList<Tensor> latents)
    {
        using var scope = NewDisposeScope();
        return Fusion.Predict([.. latents.Select((x, m) => LatentScale.Restore(m, x))]).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Predicts from latents that were all observed, by the fusion of stage 1a: where nothing is recovered there is nothing
    /// that stage 2 could put right (the thesis's tables, too, have the same numbers for every sampler there).
    /// </summary>
    /// <param name="latents">Standardised, (batch, channels, time) of every modality.</param>
    /// <returns>(batch).</returns>
    public Tensor FuseComplete(IReadOnlyList<Tensor> latents)
    {
        using var scope = NewDisposeScope();
        return Complete.Fusion.Predict([.. latents.Select((x, m) => LatentScale.Restore(m, x))]).MoveToOuterDisposeScope();
    }

    /// <summary>All modules by the name they have in checkpoints.</summary>
    public IReadOnlyDictionary<string, Module> Modules
    {
        get
        {
            var modules = new Dictionary<string, Module>(Baselines.Modules)
            {
                ["scores"] = Scores,
                ["decoders"] = Decoders,
                ["fusion"] = Fusion,
            };
            if (Students is not null)
            {
                modules["students"] = Students;
            }

            foreach (var (name, module) in Guide?.Checkpoints.SelectMany(c => c.Modules) ?? [])
            {
                modules[name] = module;
            }

            return modules;
        }
    }

    /// <summary>Moves everything to a device, and back to evaluation mode.</summary>
    public void MoveTo(Device device) => Modules.Values.MoveTo(device);

    /// <summary>
    /// Has recovery computed in bfloat16 from now on: rounds the weights of score networks and students for good, so that the
    /// model is of no use to training or export any more.
    /// </summary>
    public void UseBfloat16()
    {
        _ = Scores.to(ScalarType.BFloat16);
        _ = Students?.to(ScalarType.BFloat16);
        _isBfloat16 = true;
    }

    private IReadOnlyList<IScoreNetwork> NetworksFor(SamplerOptions sampler)
    {
        if (Students is null || sampler != Sampler)
        {
            return [.. Scores.All.Select(InPrecision)];
        }

        var process = Options.CreateProcess();
        return [.. Students.All.Select(s => new StudentNetwork(InPrecision(s), Options.Objective, process))];
    }

    private IScoreNetwork InPrecision(ScoreNetwork network) => _isBfloat16 ? new Bfloat16Network(network) : network;

    public void Dispose() => Modules.Values.Free();
}
