using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Sampling;
using Amodal.Prediction;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Prediction;

/// <summary>Paths of score networks alone, which can recover and nothing else.</summary>
internal static class Paths
{
    public static LatentPath<Tensor> Of(IReadOnlyList<IScoreNetwork> networks, ExperimentOptions options, SamplerOptions sampler, ulong seed) => new(
        TorchEngine.Of(networks, options.Objective, options.CreateProcess(), options.Conditioning, (_, _) => throw new NotSupportedException(), (_, _) => throw new NotSupportedException()),
        options.ToPathSettings(SamplingPlan.Create(sampler), seed));
}
