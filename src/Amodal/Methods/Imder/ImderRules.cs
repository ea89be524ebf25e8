namespace Amodal.Methods.Imder;

/// <summary>What must hold between the settings of IMDer.</summary>
internal static class ImderRules
{
    public static IEnumerable<OptionFault> Check(ExperimentOptions options)
    {
        if (options.Method != ImderTraining.Descriptor.Name)
        {
            yield break;
        }

        var imder = options.Methods.Of<ImderExperimentOptions>();
        var (network, sampler, training) = (imder.Network, imder.Sampler, imder.Training);
        if (network.Channels % network.Heads != 0)
        {
            yield return new OptionFault(["imder.network.channels", "imder.network.heads"],
                $"{network.Channels} channels are not a multiple of {network.Heads} heads.");
        }

        if (2 * network.Channels % network.DecoderReduction != 0)
        {
            yield return new OptionFault(["imder.network.channels", "imder.network.decoderReduction"],
                $"the decoders' {2 * network.Channels} channels, twice {network.Channels}, are not a multiple of the reduction {network.DecoderReduction}.");
        }

        if (network.TimeWidth % 2 != 0)
        {
            yield return new OptionFault(["imder.network.timeWidth"], $"is {network.TimeWidth}; it must be even, half sines and half cosines.");
        }

        if (sampler.IsFlow)
        {
            yield return new OptionFault(["imder.sampler.kind"], $"{OptionNames.Of(sampler.Kind)} follows the velocity of flow matching, but IMDer learns a score; choose another than the flow samplers.");
        }

        if (sampler.Guidance > 0)
        {
            yield return new OptionFault(["imder.sampler.guidance"], "IMDer has neither classifiers that guide nor networks that know what is likely where nothing is observed; leave it out.");
        }

        var least = SamplingPlan.LeastNfe(sampler);
        foreach (var (key, nfe) in new[] { ("imder.sampler.nfe", sampler.Nfe), ("imder.training.nfe", training.Nfe == 0 ? sampler.Nfe : training.Nfe) }.Where(n => n.Item2 < least))
        {
            yield return new OptionFault([key, "imder.sampler.kind"], $"{nfe} network evaluations are less than one step of {OptionNames.Of(sampler.Kind)}, which takes {least}.");
        }
    }
}

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
