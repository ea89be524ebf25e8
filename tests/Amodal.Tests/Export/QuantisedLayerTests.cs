using Amodal.Diffusion.Networks;
using Amodal.Export;
using Amodal.Export.Onnx;
using Amodal.Methods.TwoStage;
using Amodal.Tests.Data;
using Amodal.Tests.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Export;

/// <summary>Dense layers on 8-bit integers, in ONNX Runtime, against single precision.</summary>
public class QuantisedLayerTests
{
    private const int Rows = 9;
    private const int Inputs = 128;
    private const int Outputs = 64;

    [Fact]
    public void A_product_is_off_by_no_more_than_the_rounding_of_its_factors()
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias) = (Draws.Normal(1, Rows, Inputs), Draws.Normal(2, Outputs, Inputs), Draws.Normal(3, Outputs));
        var graph = new OnnxGraph("layer", Precision.Int8);
        var layer = new DenseWeights(new([.. weight.data<float>()], [Outputs, Inputs]), new([.. bias.data<float>()], [Outputs]));
        graph.Output("y", graph.Input("x", OnnxType.Float, OnnxDimension.Batch, Inputs).Linear(layer), OnnxDimension.Batch, Outputs);
        using var run = new OnnxRun(graph);
        var off = (run.Run(("x", x))["y"] - nn.functional.linear(x, weight, bias)).abs();

        // A weight is off by half its scale s, an input by at most its step a (half by rounding, half by the zero point's own):
        // |sum x'w' - sum x w| <= sum |x'| s / 2 + a sum |w|, and |x'| <= |x| + a. One part in 1,000 is for float32.
        var step = (x.max().item<float>() - x.min().item<float>()) / 255;
        var scales = weight.abs().amax(1) / 127;
        var bound = (((x.abs() + step).sum(1, keepdim: true) * scales / 2) + (weight.abs().sum(1) * step)) * 1.001f;
        Assert.True((off <= bound).all().item<bool>(), $"off by up to {(off / bound).max().item<float>()} of the bound");
        Assert.True(off.max().item<float>() > 1e-4f, "nothing was rounded");
    }

    [Fact]
    public void A_weight_goes_to_the_nearest_step()
    {
        // Two outputs; the largest weight of the first is 127, so that a step is 1, and of the second 254, a step of 2.
        float[] first = [127, 0.6f, 0.4f, -0.6f, -0.4f, 1.6f, -126.7f], second = [-254, 1.2f, 0.8f, -1.2f, -0.8f, 3.2f, 253.4f];
        var weights = QuantisedWeights.Of(new WeightArray([.. first, .. second], [2, 7]));
        Assert.Equal([1f, 2f], weights.Scales);
        Assert.Equal([7, 2], weights.Shape);
        sbyte[] expected = [127, -127, 1, 1, 0, 0, -1, -1, 0, 0, 2, 2, -127, 127]; // (inputs, outputs)
        Assert.Equal(expected, weights.Values);
        Assert.Equal([1f], QuantisedWeights.Of(WeightArray.Full(0, 1, 3)).Scales);
    }

    [Fact]
    public void Layers_that_are_small_or_marked_stay_as_they_are()
    {
        Assert.True(QuantisedLayers.IsWorthwhile(Layer(64, 64)));
        Assert.False(QuantisedLayers.IsWorthwhile(Layer(63, 64)));
        Assert.False(QuantisedLayers.IsWorthwhile(Layer(64, 63)));
        Assert.False(QuantisedLayers.IsWorthwhile(Layer(64, 64).Exact));

        static DenseWeights Layer(int outputs, int inputs) => new(WeightArray.Full(1, outputs, inputs), null);
    }

    [Fact]
    public void A_manifest_says_its_precision_and_no_graph_is_in_bfloat16()
    {
        using var folder = new TemporaryFolder();
        using var model = new TwoStageModel(TinyRun.Uneven, TinyRun.TinyOptions, seed: 1);
        var path = Path.Combine(folder.Name, "out");
        _ = ModelExporter.Export(model, seed: 1, path, Precision.Int8);
        Assert.Equal(Precision.Int8, ExportManifest.Read(path).Precision);
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => ModelExporter.Export(model, seed: 1, Path.Combine(folder.Name, "other"), Precision.Bfloat16));
        File.WriteAllText(Path.Combine(path, ExportManifest.FileName), File.ReadAllText(Path.Combine(path, ExportManifest.FileName)).Replace("\"int8\"", "\"bfloat16\"", StringComparison.Ordinal));
        Assert.Contains("bfloat16", Assert.Throws<InputException>(() => ExportManifest.Read(path)).Message, StringComparison.Ordinal);
    }
}
