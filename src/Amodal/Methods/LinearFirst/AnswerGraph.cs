using Amodal.Export.Graphs;

namespace Amodal.Methods.LinearFirst;

/// <summary>
/// The whole way from raw features to a prediction as one graph: scale, components, conditional means, the linear part and the
/// networks. What is linear before the networks' first activation is one matrix for every observed set.
/// </summary>
internal static class AnswerGraph
{
    private const long LargestNumbers = 64 << 20; // of all sets' matrices: 256 MiB

    /// <summary>Refuses what would not fit a file of use.</summary>
    /// <param name="columns">Of the matrix of an observed set.</param>
    public static void CheckSize(JointGaussian gaussian, int columns, string source)
    {
        var numbers = Math.Pow(2, gaussian.Sizes.Count) * gaussian.Numbers * columns;
        if (numbers > LargestNumbers)
        {
            throw new InputException(source, null, string.Create(CultureInfo.InvariantCulture,
                $"cannot be exported: a matrix of {gaussian.Numbers} by {columns} for each observed set of {gaussian.Sizes.Count} modalities takes {numbers * sizeof(float) / (1 << 20):0} MiB, and at most 256 are written. Train it with fewer linear-first.components."));
        }
    }

    /// <param name="features">Of the training split.</param>
    public static OnnxGraph Build(IReadOnlyList<Modality> modalities, Standardiser features, ClosedForms forms, LinearFirstModel model)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var start = new GraphStart("answer", modalities, features, forms.Gaussian);
        var layers = new FirstLayers(forms, model);
        var first = start.Filled(layers.Weight, model.Options.Fill) + start.Table(layers.Bias);
        if (model.Mixture is { IsUsed: true } mixture)
        {
            first += Correction(start, mixture).MatMul(start.Table(set => mixture.Back.matmul(layers.Weight(set))));
        }

        var (graph, prediction) = (start.Graph, layers.Outputs(first, axis: 1));
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

    /// <summary>What <see cref="GaussianMixture.Correct"/> adds, in its components, (row, dimensions).</summary>
    private static OnnxValue Correction(GraphStart start, GaussianMixture mixture)
    {
        var z = start.Filled(_ => mixture.Into, LinearFill.Means);
        var off = Each(z.MatMul(Table(t => t.Whiten)) + Table(t => t.Offset));
        var densities = Table(t => t.Log) - ((off * off).ReduceSum(2).Squeeze(2) / 2);
        var means = Each(z.MatMul(Table(t => t.Map)) + Table(t => t.Shift));
        return (means * densities.Softmax().Unsqueeze(2)).ReduceSum(1).Squeeze(1);

        OnnxValue Table(Func<MixtureTable, Tensor> of) => start.Table(observed => of(mixture.Of(observed)));

        OnnxValue Each(OnnxValue x) => x.Reshape(0, GaussianMixture.Count, mixture.Dimensions);
    }

    /// <summary>A network's answer.</summary>
    /// <param name="flags">(1, flags).</param>
    public static OnnxValue Network(ResidualNetwork network, OnnxValue filled, OnnxValue flags)
    {
        var (weights, graph) = (new WeightTable(network), filled.Graph);
        var scaled = filled / graph.Weight(weights.Array("scales"));
        return Rest(network, weights.Has("linear.weight") ? First("linear") : null, weights.Has("input.weight") ? First("input") : null);

        // Numbers and flags side by side are a sum of two products, of which the second is the same for all rows.
        OnnxValue First(string layer)
        {
            var (weight, numbers) = (weights.Array($"{layer}.weight"), weights.Array("scales").Values.Length);
            return scaled.Linear(new DenseWeights(Columns(weight, 0, numbers), null))
                + flags.Linear(new DenseWeights(Columns(weight, numbers, (int)weight.Shape[1] - numbers), weights.Array($"{layer}.bias")));
        }
    }

    /// <summary>A network's answer from what its first layers give; null where it has none.</summary>
    public static OnnxValue Rest(ResidualNetwork network, OnnxValue? linear, OnnxValue? input)
    {
        var weights = new WeightTable(network);
        List<OnnxValue> parts = linear is null ? [] : [linear];
        if (input is not null)
        {
            var first = input.Gelu();
            parts.Add((first + first.Linear(weights.Dense("hidden")).Gelu()).Linear(weights.Dense("output")));
        }

        return parts.Aggregate((a, b) => a + b) * parts[0].Graph.Weight(weights.Array("gate"));
    }

    private static WeightArray Columns(WeightArray matrix, int start, int count) => new(
        [.. matrix.Values.Chunk((int)matrix.Shape[1]).SelectMany(row => row.AsSpan(start, count).ToArray())], [matrix.Shape[0], count]);

    /// <summary>Something of every observed set, by the set as a number whose bits are its members.</summary>
    public static Tensor Tables(JointGaussian gaussian, Func<ModalitySet, Tensor> of)
    {
        List<Tensor> tables = [.. Enumerable.Range(1, (1 << gaussian.Sizes.Count) - 1).Select(bits => of(new ModalitySet((uint)bits)))];
        return stack([zeros_like(tables[0]), .. tables]);
    }

    public static WeightArray Array(Tensor x)
    {
        using var plain = x.detach().to_type(ScalarType.Float32).cpu().contiguous();
        return new WeightArray(plain.data<float>().ToArray(), [.. plain.shape]);
    }
}

/// <summary>The inputs of a graph: scaled features, what is observed, and what follows of them in closed form.</summary>
internal sealed class GraphStart
{
    private const long LargestFolded = 16 << 20; // numbers of all sets' matrices that also take the components: 64 MiB
    private readonly JointGaussian _gaussian;
    private readonly IReadOnlyList<OnnxValue> _features; // centred, 0 where they are missing

    public GraphStart(string name, IReadOnlyList<Modality> modalities, Standardiser features, JointGaussian gaussian)
    {
        (Graph, _gaussian) = (new OnnxGraph(name), gaussian);
        var inputs = modalities.Select((m, i) => Graph.Input($"features{i}", OnnxType.Float, OnnxDimension.Batch, m.Length, m.Width)).ToList();
        Observed = Graph.Input("observed", OnnxType.Float, modalities.Count);
        _features = [.. modalities.Select((m, i) => Observed.Slice(0, i, i + 1).IsNotZero().Where(
            EncoderGraph.Scale(inputs[i], features.Means[i], features.Deviations[i]).Reshape(-1, m.RowSize) - Weight(gaussian.MeanOf(i)), Graph.Constant(0)))];
        Set = (Observed * Graph.Weight(new WeightArray([.. modalities.Select((_, m) => (float)(1 << m))], [modalities.Count]))).ReduceSum(0);
    }

    public OnnxGraph Graph { get; }

    /// <summary>1 for each modality that is.</summary>
    public OnnxValue Observed { get; }

    /// <summary>The same as a number whose bits are its members.</summary>
    public OnnxValue Set { get; }

    /// <summary>A zero for each row, (row, 1).</summary>
    public OnnxValue Zeros => _features[0].Slice(1, 0, 1) * 0;

    public OnnxValue Weight(Tensor x) => Graph.Weight(AnswerGraph.Array(x));

    /// <summary>That of the observed set.</summary>
    public OnnxValue Table(Func<ModalitySet, Tensor> of)
    {
        using var scope = NewDisposeScope();
        return Weight(AnswerGraph.Tables(_gaussian, of)).At(Set);
    }

    /// <summary>The filled numbers times a matrix, (row, columns).</summary>
    /// <param name="weights">By observed set (numbers, columns).</param>
    public OnnxValue Filled(Func<ModalitySet, Tensor> weights, LinearFill fill)
    {
        using var scope = NewDisposeScope();
        var unit = eye(_gaussian.Numbers).split([.. _gaussian.Sizes.Select(s => (long)s)], 1);
        var tables = AnswerGraph.Tables(_gaussian, set => fill == LinearFill.Zeros ? weights(set)
            : _gaussian.Fill([.. unit.Select((x, m) => set.Contains(m) ? x : null)], set).matmul(weights(set)));
        if (tables.shape[0] * tables.shape[2] * Enumerable.Range(0, _features.Count).Sum(m => _gaussian.MeanOf(m).shape[0]) <= LargestFolded)
        {
            return OnnxOperators.Concat(1, [.. _features]).MatMul(Weight(cat([.. tables.split([.. _gaussian.Sizes.Select(s => (long)s)], 1)
                .Select((table, m) => _gaussian.BasisOf(m) is { } basis ? basis.matmul(table) : table)], 1)).At(Set));
        }

        var numbers = _features.Select((x, m) => _gaussian.BasisOf(m) is { } basis ? x.MatMul(Weight(basis)) : x);
        return OnnxOperators.Concat(1, [.. numbers]).MatMul(Weight(tables).At(Set));
    }
}

/// <summary>All that is linear in the filled numbers, side by side: the linear part, and the first layers of the networks.</summary>
internal sealed class FirstLayers(ClosedForms forms, LinearFirstModel model)
{
    private IEnumerable<(ResidualNetwork Network, string Layer)> Layers => model.Networks.SelectMany(network =>
        new[] { "linear", "input" }.Where(layer => network.get_parameter($"{layer}.weight") is not null).Select(layer => (network, layer)));

    /// <summary>(numbers, columns).</summary>
    public Tensor Weight(ModalitySet observed) => cat([.. Linear(observed) is { } linear ? [linear.Weight] : System.Array.Empty<Tensor>(), .. Layers.Select(l =>
    {
        var scales = l.Network.get_buffer("scales")!;
        return l.Network.get_parameter($"{l.Layer}.weight")![.., ..(int)scales.shape[0]].t() / scales.unsqueeze(1);
    })], 1);

    /// <summary>(columns).</summary>
    public Tensor Bias(ModalitySet observed)
    {
        var flags = tensor([.. forms.Gaussian.Sizes.Select((_, m) => !model.Options.Flags || observed.Contains(m) ? 1f : 0f)]);
        return cat([.. Linear(observed) is { } linear ? [linear.Bias] : System.Array.Empty<Tensor>(), .. Layers.Select(l =>
            l.Network.get_parameter($"{l.Layer}.bias")! + l.Network.get_parameter($"{l.Layer}.weight")![.., (int)l.Network.get_buffer("scales")!.shape[0]..].matmul(flags))]);
    }

    /// <summary>A head's outputs, (row, width), or (row, draw, width).</summary>
    /// <param name="first">(row, columns), or (row, draw, columns).</param>
    /// <param name="axis">The last.</param>
    public OnnxValue Outputs(OnnxValue first, int axis)
    {
        var (at, width) = (0L, forms.Linear.Weight.shape[1]);
        List<OnnxValue> outputs = Linear(ModalitySet.All(forms.Gaussian.Sizes.Count)) is null ? [] : [Next(width)];
        foreach (var network in model.Networks)
        {
            var parts = Layers.Where(l => l.Network == network).ToDictionary(l => l.Layer, l => Next(network.get_parameter($"{l.Layer}.bias")!.shape[0]));
            outputs.Add(AnswerGraph.Rest(network, parts.GetValueOrDefault("linear"), parts.GetValueOrDefault("input")) / model.Networks.Count);
        }

        return outputs.Aggregate((a, b) => a + b);

        OnnxValue Next(long count)
        {
            at += count;
            return first.Slice(axis, at - count, at);
        }
    }

    private (Tensor Weight, Tensor Bias)? Linear(ModalitySet observed) => model.Part switch
    {
        LinearPart.Filled => (forms.Linear.Weight, forms.Linear.get_buffer("bias")!),
        LinearPart.PerSet => forms.Direct!.Solved(observed),
        _ => null,
    };
}
