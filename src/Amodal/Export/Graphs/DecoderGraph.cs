namespace Amodal.Export.Graphs;

/// <summary>An alignment decoder. Channels stay before time throughout, as the latents have them.</summary>
internal static class DecoderGraph
{
    /// <param name="decoder">The weights of an <see cref="AlignmentDecoder"/>.</param>
    /// <param name="shape">The latent's.</param>
    public static OnnxGraph Build(WeightTable decoder, AlignmentOptions options, LatentShape shape)
    {
        var graph = new OnnxGraph("decoder");
        var recovered = graph.Input("recovered", OnnxType.Float, OnnxDimension.Batch, shape.Channels, shape.Length);
        var h = recovered.Convolution(decoder.Dense("input"));
        var body = h;
        for (var i = 0; i < options.Blocks; i++)
        {
            body = Block(body, decoder["blocks"][i]);
        }

        var aligned = (h + body.Convolution(decoder.Dense("closing"), padding: 1)).Convolution(decoder.Dense("output"));
        graph.Output("aligned", aligned, OnnxDimension.Batch, shape.Channels, shape.Length);
        return graph;
    }

    private static OnnxValue Block(OnnxValue x, WeightTable block)
    {
        var body = x.Convolution(block.Dense("convolution1"), padding: 1).Relu().Convolution(block.Dense("convolution2"), padding: 1);
        var gate = body.ReduceMean(2).Convolution(block.Dense("squeeze")).Relu().Convolution(block.Dense("excite")).Sigmoid();
        return x + (body * gate);
    }
}
