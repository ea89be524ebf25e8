namespace Amodal.Methods.Imder;

/// <summary>What can be said of IMDer before it is trained.</summary>
internal static class ImderOutlook
{
    public static MethodOutlook Of { get; } = new(
        run => Options(run).Sampler, (run, sampler) => run with { Methods = run.Methods.With(ImderTraining.Descriptor.Name, Options(run) with { Sampler = sampler }) }, Cost);

    /// <summary>
    /// End to end: at its nominal rate of 0.3 half of an epoch misses one or two modalities, which are sampled in
    /// every step; then come the score losses and the fusion, which are small beside it. Its epochs have no limit as
    /// published; those of three times its patience are counted.
    /// </summary>
    private static MethodCost Cost(ExperimentOptions run, CostBasis basis)
    {
        var (options, data) = (Options(run), basis.Data);
        // Its network is the U-Net, eight times as wide at its deepest level as its latents have channels.
        var score = basis.Score(
            BackboneOptions.Thesis(BackboneKind.Unet) with { Width = 8 * options.Network.Channels, Heads = options.Network.Heads, TimeWidth = options.Network.TimeWidth },
            new LatentOptions { Channels = options.Network.Channels, Kernel = options.Network.Kernel });
        var nfe = options.Training.Nfe > 0 ? options.Training.Nfe : options.Sampler.Nfe;
        var sampled = nfe * ((score.OfOne * 2) + (score.Step / basis.Count)) / 4;
        var epochs = Math.Min(options.Training.Epochs, 3 * options.Training.Patience);
        return new MethodCost(
            new Dictionary<string, double> { [ImderTraining.Training] = epochs * ((data.Train * (sampled + (CostBasis.StepPerForward * score.Step))) + (data.Valid * sampled)) },
            (sampler, observed) => RecoveryFlops.Count(basis.Count, observed, Recovery.Separate, Conditioning.Independent, sampler, score.Of),
            basis.Fusion(run), score.Rate);
    }

    private static ImderExperimentOptions Options(ExperimentOptions run) => run.Methods.Of<ImderExperimentOptions>();
}
