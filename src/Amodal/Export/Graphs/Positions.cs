using Amodal.Diffusion.Networks;
using Amodal.Export.Onnx;
using Amodal.Latents;
using static TorchSharp.torch;

namespace Amodal.Export.Graphs;

/// <summary>The tables of positions that checkpoints do not hold, (length, width).</summary>
internal static class Positions
{
    public static WeightArray Sinusoidal(int length, int width) => Of(() => SinusoidalPositions.Table(length, width));

    public static WeightArray Causal(int length, int width) => Of(() => CausalTransformer.Positions(length, width));

    private static WeightArray Of(Func<Tensor> make)
    {
        using var scope = NewDisposeScope();
        var table = make();
        return new WeightArray(table.data<float>().ToArray(), [.. table.shape]);
    }
}
