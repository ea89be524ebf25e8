namespace Amodal.Export.Graphs;

/// <summary>
/// A fusion network on standardised latents: they are taken back to the encoders' scale first. Of a memory's last layer only
/// the last step is worked out, the only one that the head reads.
/// </summary>
internal static class FusionGraph
{
    /// <param name="fusion">The weights of a <see cref="FusionNetwork"/>.</param>
    /// <param name="shapes">The latents'.</param>
    /// <param name="scales">The latents'.</param>
    public static OnnxGraph Build(WeightTable fusion, FusionOptions options, IReadOnlyList<LatentShape> shapes, LatentScale[] scales, int width = 1)
    {
        var graph = new OnnxGraph("fusion");
        var (count, channels) = (shapes.Count, shapes[0].Channels);
        var steps = shapes.Select((shape, m) => Embed(
            graph.Input($"latent{m}", OnnxType.Float, OnnxDimension.Batch, channels, shape.Length), scales[m], shape)).ToArray();
        var last = new List<OnnxValue>();
        for (var m = 0; m < count; m++)
        {
            var others = Enumerable.Range(0, count).Where(n => n != m).ToList();
            var crossed = others.Select((n, i) => Encode(steps[m], steps[n], fusion["crossings"][(m * (count - 1)) + i], options, channels)).ToList();
            var memoryWidth = channels * (count - 1);
            var memory = Position(OnnxOperators.Concat(2, crossed), shapes[m].Length, memoryWidth);
            last.Add(Encode(memory, source: null, fusion["memories"][m], options, memoryWidth).Squeeze(1));
        }

        var features = OnnxOperators.Concat(1, last);
        var hidden = features.Linear(fusion.Dense("hidden")).Relu();
        var prediction = (features + hidden.Linear(fusion.Dense("residual"))).Linear(fusion.Dense("output"));
        if (width == 1)
        {
            graph.Output("prediction", prediction.Squeeze(1), OnnxDimension.Batch);
        }
        else
        {
            graph.Output("prediction", prediction, OnnxDimension.Batch, width);
        }

        return graph;
    }

    /// <summary>A cross-modal transformer on embedded steps; without a source, a memory: the last step only, (batch, 1, width).</summary>
    private static OnnxValue Encode(OnnxValue h, OnnxValue? source, WeightTable transformer, FusionOptions options, int width)
    {
        for (var i = 0; i < options.Layers; i++)
        {
            var asked = source ?? h;
            h = Layer(source is null && i == options.Layers - 1 ? h.Slice(1, -1, long.MaxValue) : h, asked, transformer["layers"][i], options, width);
        }

        return h.LayerNorm(transformer["output_norm"]);
    }

    private static OnnxValue Layer(OnnxValue h, OnnxValue source, WeightTable layer, FusionOptions options, int width)
    {
        var (norm, keyValue) = (layer["attention_norm"], layer.Dense("key_value"));
        var normed = source.LayerNorm(norm);
        var mixed = OnnxLayers.Attend(
            h.LayerNorm(norm).Queries(layer.Dense("query"), options.Heads),
            normed.Keys(keyValue.Rows(0, width), options.Heads), normed.Values(keyValue.Rows(width, width), options.Heads), mask: null, width);
        var attended = h + mixed.Linear(layer.Dense("attention_output"));
        return attended + attended.LayerNorm(layer["mlp_norm"]).Linear(layer.Dense("mlp_hidden")).Relu().Linear(layer.Dense("mlp_output"));
    }

    /// <summary>A standardised latent in the encoders' scale, as steps with positions.</summary>
    private static OnnxValue Embed(OnnxValue latent, LatentScale scale, LatentShape shape)
    {
        var restored = (latent * latent.Graph.Weight(scale.Deviation)) + latent.Graph.Weight(scale.Mean);
        return Position(restored.Transpose(0, 2, 1), shape.Length, shape.Channels);
    }

    private static OnnxValue Position(OnnxValue steps, int length, int width) =>
        (steps * MathF.Sqrt(width)) + steps.Graph.Weight(Positions.Sinusoidal(length, width));
}

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

/// <summary>The way from a modality's raw features to its standardised latent: feature scale, shallow encoder, latent scale.</summary>
internal static class EncoderGraph
{
    /// <param name="modality">Its raw shape.</param>
    /// <param name="encoder">The weights of its <see cref="ShallowEncoder"/>.</param>
    /// <param name="mean">Of each feature.</param>
    /// <param name="deviation">Of each feature.</param>
    public static OnnxGraph Build(Modality modality, WeightTable encoder, float[] mean, float[] deviation, LatentScale scale)
    {
        var graph = new OnnxGraph("encoder");
        var features = graph.Input("features", OnnxType.Float, OnnxDimension.Batch, modality.Length, modality.Width);
        var steps = Scale(features, mean, deviation).Transpose(0, 2, 1);
        var convolution = encoder.Dense("convolution");
        var latent = (steps.Convolution(convolution) - graph.Weight(scale.Mean)) / graph.Weight(scale.Deviation);
        var (channels, kernel) = (convolution.Weight.Shape[0], convolution.Weight.Shape[2]);
        graph.Output("latent", latent, OnnxDimension.Batch, (int)channels, modality.Length - (int)kernel + 1);
        return graph;
    }

    /// <summary>Raw features, (batch, length, width), as networks get them.</summary>
    /// <param name="mean">Of each feature.</param>
    /// <param name="deviation">Of each feature.</param>
    public static OnnxValue Scale(OnnxValue features, float[] mean, float[] deviation)
    {
        // NaN and infinite features are unknown: the training mean stands for them, as in Standardiser.
        var isKnown = features.Magnitude().IsAtMost(float.MaxValue);
        var known = isKnown.Where(features, features.Graph.Constant(0));
        var holdsMore = known.Magnitude().ReduceMax(2).IsNotZero(); // a step that is all zero is padding, and stays zero
        var means = features.Graph.Weight(new WeightArray(mean, [mean.Length]));
        var scaled = (isKnown.Where(features, means) - means) / features.Graph.Weight(new WeightArray(deviation, [deviation.Length]));
        return holdsMore.Where(scaled, known);
    }
}

/// <summary>Mean and deviation of a modality's latents, (1, channels, 1) each, from a <see cref="LatentStandardiser"/>.</summary>
internal sealed record LatentScale(WeightArray Mean, WeightArray Deviation)
{
    public static LatentScale[] AllOf(LatentStandardiser standardiser, int count)
    {
        var weights = new WeightTable(standardiser);
        return [.. Enumerable.Range(0, count).Select(m => new LatentScale(weights.Array($"mean_{m}"), weights.Array($"std_{m}")))];
    }
}
