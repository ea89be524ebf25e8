using static TorchSharp.torch.nn;

namespace Amodal.Methods.Imder;

/// <summary>
/// IMDer as its authors released it (Wang, Li and Cui 2023; github.com/mdswyz/IMDer), on any number of modalities. Three
/// of them stand in the order language, acoustic, vision. Owns its weights.
/// </summary>
internal sealed class ImderModel : IRecoveryModel
{
    private readonly ImderOptions _options;

    /// <summary>Creates every network with fresh weights from torch's global generator, which the caller seeds.</summary>
    /// <param name="modalities">The data's modalities, at least two.</param>
    /// <param name="sampler">The sampler in use; Euler-Maruyama steps as the released code does.</param>
    public ImderModel(IReadOnlyList<Modality> modalities, ImderOptions options, SamplerOptions sampler, ulong seed)
    {
        (_options, Sampler, Modalities) = (options, sampler, modalities);
        Classifier = new ImderClassifier(modalities, options);
        Scores = new ImderScores(modalities.Count, Classifier.Shape, options, seed);
        Decoders = new AlignmentDecoders(
            [.. modalities.Select(_ => Classifier.Shape)],
            new AlignmentOptions { Channels = 2 * options.Channels, Blocks = options.DecoderBlocks, Reduction = options.DecoderReduction });
        Averages = new LatentAverages(modalities.Count, Classifier.Shape);
        Process = new VeProcess(options.Sigma);
    }

    /// <summary>The data's modalities.</summary>
    public IReadOnlyList<Modality> Modalities { get; }

    public SamplerOptions Sampler { get; }

    public long? Operations(SamplerOptions sampler, ModalitySet observed)
    {
        var length = Classifier.Shape.Length;
        return ((IRecoveryModel)this).NfeOf(sampler) * ModalitySet.All(Modalities.Count).Without(observed).Members.Sum(m => Scores.All[m].CountFlops(length, [length]));
    }

    public Conditioning Conditioning => Conditioning.Shared;

    public IReadOnlyDictionary<string, Module> Modules => new Dictionary<string, Module>
    {
        ["classifier"] = Classifier,
        ["scores"] = Scores,
        ["decoders"] = Decoders,
        ["averages"] = Averages,
    };

    internal ImderClassifier Classifier { get; }

    internal ImderScores Scores { get; }

    internal AlignmentDecoders Decoders { get; }

    internal LatentAverages Averages { get; }

    internal IProcess Process { get; }

    public LatentStore Encode(Split rows, FeatureTensors features) =>
        LatentStore.Encode(rows, features.Values, Classifier.Project, Classifier.Longest);

    public LatentPath<Tensor> CreatePath(ulong seed, SamplerOptions? sampler = null) => new(
        new TorchEngine(Score, Align, (latents, _) => Fuse(latents), (_, _) => 0),
        new PathSettings(Recovery.Separate, MixesSets: false, Process, PlanOf(sampler ?? Sampler), seed, Target.Score));

    public Tensor Align(int modality, Tensor recovered) => Decoders.Align(modality, recovered);

    public Tensor Fuse(IReadOnlyList<Tensor> latents) => Classifier.Fusion.Predict(latents);

    public Tensor FuseComplete(IReadOnlyList<Tensor> latents) => Classifier.Fusion.Predict(latents);

    public Tensor AverageLatent(int modality) => Averages.Of(modality).alias();

    /// <summary>
    /// Recovers one modality without gradient. The draws: the start, then at every step the condition's noise, then x's.
    /// (The released code draws a last noise for x that it drops.)
    /// </summary>
    /// <param name="condition">The merged condition, (batch, channels, time).</param>
    /// <param name="plan">The sampler, from <see cref="PlanOf"/>.</param>
    internal Tensor Sample(int target, Tensor condition, SamplingPlan plan, INoise noise)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var score = ConditionalScore.Of(
            new ImderScoreNetwork(Scores.All[target]), Process, Conditioning.Shared, [new Condition(target, condition)], noise);
        var start = Samplers.Start(Process, condition, noise);
        return plan.Sampler(score, Process, start, plan.Times(Process), noise).MoveToOuterDisposeScope();
    }

    /// <summary>A plan in which Euler-Maruyama takes its first step's size for the last one, too, as the released code does.</summary>
    internal static SamplingPlan PlanOf(SamplerOptions options)
    {
        if (options.IsFlow)
        {
            throw new InputException("sampler", "kind", "follows the velocity of flow matching, but IMDer learns a score; choose another than the flow samplers.");
        }

        options.CheckFits(Objective.Score, Recovery.Separate, emptyConditionRate: 0);
        var plan = SamplingPlan.Create(options);
        return plan with { RepeatsFirstStep = true };
    }

    public void Dispose() => Modules.Values.Free();

    /// <summary>The score under the one condition that the given modalities are merged to.</summary>
    private ScoreFunction Score(int target, IReadOnlyList<Condition> given, INoise noise)
    {
        var observed = ModalitySet.Of([.. given.Select(c => c.Modality)]);
        var latents = Enumerable.Range(0, Modalities.Count).Select(m => given.FirstOrDefault(c => c.Modality == m)?.Latent ?? given[0].Latent).ToList();
        return ConditionalScore.Of(
            new ImderScoreNetwork(Scores.All[target]), Process, Conditioning.Shared, [new Condition(observed.Members.First(), Scores.Condition(target, latents, observed))], noise);
    }
}

/// <summary>A published score network as a backbone of exactly one condition.</summary>
internal sealed class ImderScoreNetwork(ConditionalUNet network) : IScoreNetwork
{
    public Tensor Evaluate(Tensor x, Tensor t, IReadOnlyList<Condition> conditions) => network.Forward(x, t, conditions.Single().Latent);
}
