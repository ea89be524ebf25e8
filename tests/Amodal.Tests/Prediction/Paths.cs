using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Sampling;
using Amodal.Prediction;
using static TorchSharp.torch;

namespace Amodal.Tests.Prediction;

/// <summary>Paths of score networks alone, which can recover and nothing else.</summary>
internal static class Paths
{
    public static LatentPath<Tensor> Of(IReadOnlyList<IScoreNetwork> networks, ModelOptions options, SamplerOptions sampler, ulong seed) => new(
        TorchEngine.Of(networks, options, (_, _) => throw new NotSupportedException(), (_, _) => throw new NotSupportedException()),
        options.ToPathSettings(SamplingPlan.Create(sampler), seed));
}
