namespace Amodal.Export.Graphs;

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
