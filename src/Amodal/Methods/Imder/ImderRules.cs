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
