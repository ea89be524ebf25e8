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
        var (graph, observed, set, parts) = Begin("answer", modalities, features, forms.Gaussian);
        var filled = model.Options.Fill == LinearFill.Means ? Fill(parts, set, forms.Gaussian) : parts;
        filled = model.Mixture is { IsUsed: true } mixture ? Correct(filled, set, mixture, forms.Gaussian) : filled;
        var prediction = Outputs(filled, observed, forms, model, set);
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

    /// <summary>Scales what is observed and takes its components.</summary>
    /// <returns>The graph, what is observed, the set as a number whose bits are its members, and all numbers, (row, numbers), 0 where they are missing.</returns>
    public static (OnnxGraph Graph, OnnxValue Observed, OnnxValue Set, OnnxValue Parts) Begin(
        string name, IReadOnlyList<Modality> modalities, Standardiser features, JointGaussian gaussian)
    {
        var graph = new OnnxGraph(name);
        var inputs = modalities.Select((m, i) => graph.Input($"features{i}", OnnxType.Float, OnnxDimension.Batch, m.Length, m.Width)).ToList();
        var observed = graph.Input("observed", OnnxType.Float, modalities.Count);
        var parts = modalities.Select((m, i) =>
        {
            var scaled = EncoderGraph.Scale(inputs[i], features.Means[i], features.Deviations[i]).Reshape(-1, m.RowSize) - graph.Weight(Array(gaussian.MeanOf(i)));
            return observed.Slice(0, i, i + 1).IsNotZero().Where(gaussian.BasisOf(i) is { } basis ? scaled.MatMul(graph.Weight(Array(basis))) : scaled, graph.Constant(0));
        });
        var powers = graph.Weight(new WeightArray([.. modalities.Select((_, m) => (float)(1 << m))], [modalities.Count]));
        return (graph, observed, (observed * powers).ReduceSum(0), OnnxOperators.Concat(1, [.. parts]));
    }

    /// <summary>Recovers what is missing.</summary>
    public static OnnxValue Fill(OnnxValue parts, OnnxValue set, JointGaussian gaussian) => parts.MatMul(parts.Graph.Weight(Array(Matrices(gaussian))).At(set));

    /// <summary>As <see cref="GaussianMixture.Correct"/>.</summary>
    private static OnnxValue Correct(OnnxValue filled, OnnxValue set, GaussianMixture mixture, JointGaussian gaussian)
    {
        var graph = filled.Graph;
        var z = filled.MatMul(graph.Weight(Array(mixture.Into)));
        var off = Each(z.MatMul(Table(t => t.Whiten)) + Table(t => t.Offset));
        var densities = Table(t => t.Log) - (off * off).ReduceSum(2).Squeeze(2) / 2;
        var means = Each(z.MatMul(Table(t => t.Map)) + Table(t => t.Shift));
        return filled + (means * densities.Softmax().Unsqueeze(2)).ReduceSum(1).Squeeze(1).MatMul(graph.Weight(Array(mixture.Back)));

        OnnxValue Table(Func<MixtureTable, Tensor> of) => graph.Weight(Array(Tables(gaussian, observed => of(mixture.Of(observed))))).At(set);

        OnnxValue Each(OnnxValue x) => x.Reshape(0, GaussianMixture.Count, mixture.Dimensions);
    }

    /// <summary>A head's outputs, (row, width), or (row, draw, width).</summary>
    /// <param name="filled">(row, numbers), or (row, draw, numbers).</param>
    /// <param name="observed">1 for each modality that is.</param>
    /// <param name="set">The same as a number whose bits are its members.</param>
    public static OnnxValue Outputs(OnnxValue filled, OnnxValue observed, ClosedForms forms, LinearFirstModel model, OnnxValue set)
    {
        var graph = filled.Graph;
        var flags = (model.Options.Flags ? observed : (observed * 0) + 1).Unsqueeze(0);
        var outputs = model.Networks.Select(network => Network(network, filled, flags) / model.Networks.Count).ToList();
        if (model.Part == LinearPart.Filled)
        {
            var linear = new WeightTable(forms.Linear);
            outputs.Insert(0, filled.MatMul(graph.Weight(linear.Array("weight"))) + graph.Weight(linear.Array("bias")));
        }
        else if (model.Part == LinearPart.PerSet)
        {
            OnnxValue Of(Func<(Tensor Weight, Tensor Bias), Tensor> part) => graph.Weight(Array(Tables(forms.Gaussian, observed => part(forms.Direct!.Solved(observed))))).At(set);
            outputs.Insert(0, filled.MatMul(Of(solved => solved.Weight)) + Of(solved => solved.Bias));
        }

        return outputs.Aggregate((a, b) => a + b);
    }

    /// <summary>A network's answer.</summary>
    /// <param name="flags">(1, flags).</param>
    public static OnnxValue Network(ResidualNetwork network, OnnxValue filled, OnnxValue flags)
    {
        var (weights, graph) = (new WeightTable(network), filled.Graph);
        var scaled = filled / graph.Weight(weights.Array("scales"));
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

    /// <summary>Something of every observed set, by the set as a number whose bits are its members.</summary>
    public static Tensor Tables(JointGaussian gaussian, Func<ModalitySet, Tensor> of)
    {
        List<Tensor> tables = [.. Enumerable.Range(1, (1 << gaussian.Sizes.Count) - 1).Select(bits => of(new ModalitySet((uint)bits)))];
        return stack([zeros_like(tables[0]), .. tables]);
    }

    /// <summary>What is observed, zero elsewhere, times it is everything.</summary>
    private static Tensor Matrices(JointGaussian gaussian)
    {
        var unit = eye(gaussian.Numbers);
        return Tables(gaussian, set => gaussian.Fill([.. unit.split([.. gaussian.Sizes.Select(s => (long)s)], 1).Select((x, m) => set.Contains(m) ? x : null)], set));
    }

    public static WeightArray Array(Tensor x)
    {
        using var plain = x.detach().to_type(ScalarType.Float32).cpu().contiguous();
        return new WeightArray(plain.data<float>().ToArray(), [.. plain.shape]);
    }
}
