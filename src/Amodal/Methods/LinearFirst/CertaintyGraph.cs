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
    /// <param name="model">With a linear part that is the same for every observed set.</param>
    /// <param name="seed">Of the draws.</param>
    public static OnnxGraph Build(IReadOnlyList<Modality> modalities, Standardiser features, ClosedForms forms, LinearFirstModel model, Calibration calibration, ulong seed)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (graph, observed, set, parts) = AnswerGraph.Begin("certainty", modalities, features, forms.Gaussian);
        var level = graph.Input("level", OnnxType.Float, 1);
        var (outputs, isScore) = calibration.Places();
        var labels = (int)isScore.shape[0];
        var open = Open(AnswerGraph.Fill(parts, set, forms.Gaussian), observed, set, forms, model, seed);
        var deviations = (open.MatMul(Weight(graph, nn.functional.one_hot(outputs, forms.Linear.Weight.shape[1]).t())) + Weight(graph, calibration.Variances)).Root();
        var factors = graph.Weight(AnswerGraph.Array(AnswerGraph.Tables(forms.Gaussian, calibration.Factors).clamp_max(Unknown))).At(set).At(level + -1);
        var score = Weight(graph, isScore).IsNotZero();
        var margins = factors.IsAtMost(Unknown / 2).Where(score.Where(factors * deviations, factors + (deviations * 0)), graph.Constant(Unknown));
        graph.Output("certainty", OnnxOperators.Concat(2, score.Where(deviations, graph.Constant(0)).Unsqueeze(2), margins.Unsqueeze(2)), OnnxDimension.Batch, labels, 2);
        return graph;
    }

    /// <summary>What <see cref="LinearFirstModel.Variance"/> gives, (row, width).</summary>
    private static OnnxValue Open(OnnxValue filled, OnnxValue observed, OnnxValue set, ClosedForms forms, LinearFirstModel model, ulong seed)
    {
        var (graph, gaussian, isFrozen) = (filled.Graph, forms.Gaussian, model.Part == LinearPart.Filled);
        var weight = forms.Linear.Weight;
        var offsets = AnswerGraph.Tables(gaussian, sets => gaussian.Draw(zeros(LinearFirstModel.Draws, gaussian.Numbers), sets, new LinearFirstModel.DrawNoise(seed)));
        var closed = AnswerGraph.Tables(gaussian, sets => gaussian.Variance(weight, sets));
        if (model.Networks.Count == 0 && forms.Diffusion is not { Network.IsOpen: true })
        {
            return Weight(graph, closed).At(set) + (filled.Slice(1, 0, 1) * 0);
        }

        var drawn = filled.Unsqueeze(1) + (forms.Diffusion is { Network.IsOpen: true } diffusion
            ? DiffusionGraph.Draw(filled, set, gaussian, diffusion, seed) : Weight(graph, offsets).At(set));
        var all = (observed * 0) + 1;
        var both = Spread(AnswerGraph.Outputs(drawn, all, forms, model, graph.Constant((1 << gaussian.Sizes.Count) - 1).Reshape(1)));
        var plain = offsets.matmul(weight).var(1);
        return isFrozen ? both * Weight(graph, where(plain > 0, closed / plain, 1)).At(set) : both;

        static OnnxValue Spread(OnnxValue outputs)
        {
            var off = outputs - outputs.ReduceMean(1);
            return ((off * off).ReduceSum(1) / (LinearFirstModel.Draws - 1)).Squeeze(1);
        }
    }

    private static OnnxValue Weight(OnnxGraph graph, Tensor x) => graph.Weight(AnswerGraph.Array(x));
}
