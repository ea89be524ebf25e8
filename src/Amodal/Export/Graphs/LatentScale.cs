using Amodal.Export.Onnx;
using Amodal.Latents;

namespace Amodal.Export.Graphs;

/// <summary>Mean and deviation of a modality's latents, (1, channels, 1) each, from a <see cref="LatentStandardiser"/>.</summary>
internal sealed record LatentScale(WeightArray Mean, WeightArray Deviation)
{
    public static LatentScale[] AllOf(LatentStandardiser standardiser, int count)
    {
        var weights = new WeightTable(standardiser);
        return [.. Enumerable.Range(0, count).Select(m => new LatentScale(weights.Array($"mean_{m}"), weights.Array($"std_{m}")))];
    }
}
