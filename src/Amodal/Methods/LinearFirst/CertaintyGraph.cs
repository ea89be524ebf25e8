namespace Amodal.Methods.LinearFirst;

/// <summary>
/// How sure a prediction is, as one graph: the draws have the same noise for every row, so that they are weights, and the
/// calibration is a table.
/// </summary>
internal static class CertaintyGraph
{
    /// <summary>In place of an infinite margin.</summary>
    public const float Unknown = float.MaxValue;

    /// <param name="features">Of the training split.</param>
    /// <param name="seed">Of the draws.</param>
    public static OnnxGraph Build(IReadOnlyList<Modality> modalities, Standardiser features, ClosedForms forms, LinearFirstModel model, Calibration calibration, ulong seed)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var start = new GraphStart("certainty", modalities, features, forms.Gaussian);
        var graph = start.Graph;
        var level = graph.Input("level", OnnxType.Float, 1);
        var (outputs, isScore) = calibration.Places();
        var labels = (int)isScore.shape[0];
        var open = Open(start, forms, model, seed);
        var deviations = (open.MatMul(start.Weight(nn.functional.one_hot(outputs, forms.Linear.Weight.shape[1]).t())) + start.Weight(calibration.Variances)).Root();
        var factors = start.Table(set => calibration.Factors(set).clamp_max(Unknown)).At(level + -1);
        var score = start.Weight(isScore).IsNotZero();
        var margins = factors.IsAtMost(Unknown / 2).Where(score.Where(factors * deviations, factors + (deviations * 0)), graph.Constant(Unknown));
        graph.Output("certainty", OnnxOperators.Concat(2, score.Where(deviations, graph.Constant(0)).Unsqueeze(2), margins.Unsqueeze(2)), OnnxDimension.Batch, labels, 2);
        return graph;
    }

    /// <summary>Whether the draws come from a network, which wants to see all numbers.</summary>
    public static bool NeedsNumbers(ClosedForms forms) => forms.Diffusion is { Network.IsOpen: true };

    /// <summary>What <see cref="LinearFirstModel.Variance"/> gives, (row, width).</summary>
    private static OnnxValue Open(GraphStart start, ClosedForms forms, LinearFirstModel model, ulong seed)
    {
        var (gaussian, weight, all) = (forms.Gaussian, forms.Linear.Weight, ModalitySet.All(forms.Gaussian.Sizes.Count));
        var closed = AnswerGraph.Tables(gaussian, sets => gaussian.Variance(weight, sets));
        if (model.Networks.Count == 0 && !NeedsNumbers(forms))
        {
            return start.Weight(closed).At(start.Set) + start.Zeros;
        }

        var layers = new FirstLayers(forms, model);
        var (first, bias) = (layers.Weight(all), layers.Bias(all));
        OnnxValue drawn;
        if (NeedsNumbers(forms))
        {
            var filled = start.Filled(_ => eye(gaussian.Numbers), LinearFill.Means);
            drawn = (filled.Unsqueeze(1) + DiffusionGraph.Draw(filled, start.Set, gaussian, forms.Diffusion!, seed)).MatMul(start.Weight(first)) + start.Weight(bias);
        }
        else
        {
            drawn = start.Filled(_ => first, LinearFill.Means).Unsqueeze(1) + start.Table(set => Offsets(set).matmul(first) + bias);
        }

        var both = Spread(layers.Outputs(drawn, axis: 2));
        if (model.Part != LinearPart.Filled)
        {
            return both;
        }

        var plain = AnswerGraph.Tables(gaussian, set => Offsets(set).matmul(weight).var(0));
        return both * start.Weight(where(plain > 0, closed / plain, 1)).At(start.Set);

        Tensor Offsets(ModalitySet set) => gaussian.Draw(zeros(LinearFirstModel.Draws, gaussian.Numbers), set, new LinearFirstModel.DrawNoise(seed));

        static OnnxValue Spread(OnnxValue outputs)
        {
            var off = outputs - outputs.ReduceMean(1);
            return ((off * off).ReduceSum(1) / (LinearFirstModel.Draws - 1)).Squeeze(1);
        }
    }
}
