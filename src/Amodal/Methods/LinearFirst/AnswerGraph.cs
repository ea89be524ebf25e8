using Amodal.Export.Graphs;

namespace Amodal.Methods.LinearFirst;

/// <summary>
/// The whole way from raw features to a prediction as one graph: scale, components, conditional means, the linear part and the
/// networks. Of every observed set it holds the matrix that takes what is observed to all numbers.
/// </summary>
internal static class AnswerGraph
{
    private const long LargestNumbers = 64 << 20; // of all matrices: 256 MiB

    /// <summary>Refuses what would not fit a file of use.</summary>
    public static void CheckSize(JointGaussian gaussian, string source)
    {
        var numbers = Math.Pow(2, gaussian.Sizes.Count) * gaussian.Numbers * gaussian.Numbers;
        if (numbers > LargestNumbers)
        {
            throw new InputException(source, null, string.Create(CultureInfo.InvariantCulture,
                $"cannot be exported: a matrix of {gaussian.Numbers} by {gaussian.Numbers} for each observed set of {gaussian.Sizes.Count} modalities takes {numbers * sizeof(float) / (1 << 20):0} MiB, and at most 256 are written. Train it with fewer linear-first.components."));
        }
    }

    /// <param name="features">Of the training split.</param>
    /// <param name="model">With a linear part that is the same for every observed set.</param>
    public static OnnxGraph Build(IReadOnlyList<Modality> modalities, Standardiser features, ClosedForms forms, LinearFirstModel model)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var gaussian = forms.Gaussian;
        var graph = new OnnxGraph("answer");
        var inputs = modalities.Select((m, i) => graph.Input($"features{i}", OnnxType.Float, OnnxDimension.Batch, m.Length, m.Width)).ToList();
        var observed = graph.Input("observed", OnnxType.Float, modalities.Count);
        var parts = modalities.Select((m, i) =>
        {
            var scaled = EncoderGraph.Scale(inputs[i], features.Means[i], features.Deviations[i]).Reshape(-1, m.RowSize) - graph.Weight(Array(gaussian.MeanOf(i)));
            return observed.Slice(0, i, i + 1).IsNotZero().Where(gaussian.BasisOf(i) is { } basis ? scaled.MatMul(graph.Weight(Array(basis))) : scaled, graph.Constant(0));
        });
        var powers = graph.Weight(new WeightArray([.. modalities.Select((_, m) => (float)(1 << m))], [modalities.Count]));
        var filled = OnnxOperators.Concat(1, [.. parts]);
        if (model.Options.Fill == LinearFill.Means)
        {
            filled = filled.MatMul(graph.Weight(Array(Matrices(gaussian))).At((observed * powers).ReduceSum(0)));
        }

        var networks = model.Networks.Select(network => Network(network, filled, observed, model.Options) / model.Networks.Count).ToList();
        if (model.Options.Linear == LinearPart.Filled)
        {
            var linear = new WeightTable(forms.Linear);
            networks.Insert(0, filled.MatMul(graph.Weight(linear.Array("weight"))) + graph.Weight(linear.Array("bias")));
        }

        var prediction = networks.Aggregate((a, b) => a + b);
        var width = (int)forms.Linear.Weight.shape[1];
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

    private static OnnxValue Network(ResidualNetwork network, OnnxValue filled, OnnxValue observed, LinearFirstOptions options)
    {
        var (weights, graph) = (new WeightTable(network), filled.Graph);
        var scaled = filled / graph.Weight(weights.Array("scales"));
        var flags = (options.Flags ? observed : (observed * 0) + 1).Unsqueeze(0);
        List<OnnxValue> parts = weights.Has("linear.weight") ? [First("linear")] : [];
        if (weights.Has("input.weight"))
        {
            var first = First("input").Gelu();
            parts.Add((first + first.Linear(weights.Dense("hidden")).Gelu()).Linear(weights.Dense("output")));
        }

        return parts.Aggregate((a, b) => a + b) * graph.Weight(weights.Array("gate"));

        // Numbers and flags side by side are a sum of two products, of which the second is the same for all rows.
        OnnxValue First(string layer)
        {
            var (weight, numbers) = (weights.Array($"{layer}.weight"), weights.Array("scales").Values.Length);
            return scaled.Linear(new DenseWeights(Columns(weight, 0, numbers), null))
                + flags.Linear(new DenseWeights(Columns(weight, numbers, (int)weight.Shape[1] - numbers), weights.Array($"{layer}.bias")));
        }
    }

    private static WeightArray Columns(WeightArray matrix, int start, int count) => new(
        [.. matrix.Values.Chunk((int)matrix.Shape[1]).SelectMany(row => row.AsSpan(start, count).ToArray())], [matrix.Shape[0], count]);

    /// <summary>By observed set, as a number whose bits are its members: what is observed, zero elsewhere, times it is everything.</summary>
    private static Tensor Matrices(JointGaussian gaussian)
    {
        var unit = eye(gaussian.Numbers);
        return stack([.. Enumerable.Range(0, 1 << gaussian.Sizes.Count).Select(bits => new ModalitySet((uint)bits)).Select(set => set.IsEmpty
            ? zeros_like(unit) : gaussian.Fill([.. unit.split([.. gaussian.Sizes.Select(s => (long)s)], 1).Select((x, m) => set.Contains(m) ? x : null)], set))]);
    }

    private static WeightArray Array(Tensor x)
    {
        using var plain = x.detach().to_type(ScalarType.Float32).cpu().contiguous();
        return new WeightArray(plain.data<float>().ToArray(), [.. plain.shape]);
    }
}
