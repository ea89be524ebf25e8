namespace Amodal.Export.Graphs;

/// <summary><see cref="UNet"/> as a graph. Its convolutions are on (batch, channels, time), its attention on (batch, time, width).</summary>
internal sealed class UnetGraph
{
    private const int LevelCount = 4;
    private readonly OnnxGraph _graph;
    private readonly WeightTable _weights;
    private readonly WeightTable _network;
    private readonly ScoreSize _size;
    private readonly List<ConditionInput> _conditions;
    private readonly OnnxValue _x;
    private readonly OnnxValue _time;
    private readonly OnnxValue _isGiven;

    private UnetGraph(WeightTable weights, ScoreSize size)
    {
        (_weights, _network, _size) = (weights, weights["network"], size);
        _graph = new OnnxGraph("score", size.Precision);
        _x = _graph.X(size);
        var t = _graph.T();
        _conditions = _graph.Conditions(size, mayBeEmpty: false);
        // In the network's order: the angles are so large that their rounding shows.
        var angle = t.Unsqueeze(1) * _graph.Weight(_network["embed"][0].Array("W")) * 2 * MathF.PI;
        _time = OnnxOperators.Concat(1, _graph.Node("Sin", [angle]), _graph.Node("Cos", [angle])).Linear(_network["embed"][1].Dense().Exact).Silu();
        _isGiven = _conditions.Select(c => c.IsPresent).Aggregate((one, other) => _graph.Node("Max", [one, other])).Unsqueeze(2);
    }

    public static OnnxGraph Build(WeightTable weights, ScoreSize size) => new UnetGraph(weights, size).Build();

    private OnnxGraph Build()
    {
        var h = _x;
        var sources = _conditions.Select(Source).ToArray();
        var lengths = new long[] { _size.Own.Length }.Concat(_conditions.Select(c => (long)c.Length)).ToArray(); // of x, then of each condition
        var skips = new List<OnnxValue>();
        var above = new List<long[]>();
        for (var n = 1; n <= LevelCount; n++)
        {
            var stride = n == 1 ? 1 : 2;
            if (n > 1)
            {
                above.Add(lengths);
                lengths = [.. lengths.Select(length => (length + 1) / 2)];
                sources = [.. sources.Select(s => s.Convolution(_network.Dense($"conv{n}_cond"), padding: 1, stride))];
            }

            h = Finish(h.Convolution(_network.Dense($"conv{n}"), padding: 1, stride), sources, lengths, $"attention_{n}", $"dense{n}", $"gnorm{n}", n == 1 ? 4 : 32);
            skips.Add(h);
        }

        for (var n = LevelCount; n >= 1; n--)
        {
            var (stride, target) = n == 1 ? (1, lengths) : (2, above[n - 2]);
            sources = [.. sources.Select((s, i) => s.TransposedConvolution(_network.Dense($"tconv{n}_cond"), 1, stride, lengths[i + 1], target[i + 1]))];
            h = n == LevelCount ? h : OnnxOperators.Concat(1, h, skips[n - 1]);
            h = h.TransposedConvolution(_network.Dense($"tconv{n}"), 1, stride, lengths[0], target[0]);
            lengths = target;
            h = n == 1 ? Attend(h, sources, lengths, "attention_t1")
                : Finish(h, sources, lengths, $"attention_t{n}", $"dense{(2 * LevelCount) + 1 - n}", $"tgnorm{n}", 32);
        }

        var answer = _weights.Has("output.weight") ? h.Transpose(0, 2, 1).Linear(_weights.Dense("output").Exact).Transpose(0, 2, 1) : h;
        _graph.Answer(answer, _weights.Dense("skip_gain"), _time, _x, _size);
        return _graph;
    }

    private OnnxValue Source(ConditionInput condition) => condition.MarkNoisy(
        condition.Steps.Linear(_weights["inputs"][_size.OtherIndex(condition.Modality)].Dense().Exact), _weights.Array("noisy_embedding")).Transpose(0, 2, 1);

    private OnnxValue Finish(OnnxValue h, OnnxValue[] sources, long[] lengths, string attention, string dense, string norm, int groups)
    {
        var timed = Attend(h, sources, lengths, attention) + _time.Linear(_network[dense].Dense("dense").Exact).Unsqueeze(2);
        return GroupNorm(timed, _network[norm], groups, lengths[0]).Silu();
    }

    /// <summary>h plus what it sees of the sources, (batch, channels, time); rows that lack them all see nothing.</summary>
    private OnnxValue Attend(OnnxValue h, OnnxValue[] sources, long[] lengths, string attention) =>
        h + (Encode(h, sources, lengths, _network[attention]) * _isGiven).Transpose(0, 2, 1);

    /// <summary><see cref="CausalTransformer"/>, (batch, time, width).</summary>
    private OnnxValue Encode(OnnxValue queries, OnnxValue[] sources, long[] lengths, WeightTable transformer)
    {
        var layers = new CausalTransformerOptions().Layers;
        var width = (int)transformer["layer_norm"].Array("weight").Shape[0];
        var h = Embed(queries, lengths[0], width);
        var source = OnnxOperators.Concat(1, [.. sources.Select((s, i) => Embed(s, lengths[i + 1], width))]);
        var mask = Mask(lengths);
        for (var i = 0; i < layers; i++)
        {
            h = Layer(h, source, transformer["layers"][i], mask, width);
        }

        return h.LayerNorm(transformer["layer_norm"]);
    }

    private OnnxValue Layer(OnnxValue h, OnnxValue source, WeightTable layer, OnnxValue mask, int width)
    {
        var (attention, norm) = (layer["self_attn"], layer["layer_norms"][0]);
        var packed = new DenseWeights(attention.Array("in_proj_weight"), attention.Array("in_proj_bias"));
        var normed = source.LayerNorm(norm);
        var mixed = OnnxLayers.Attend(
            h.LayerNorm(norm).Queries(packed.Rows(0, width), _size.Heads),
            normed.Keys(packed.Rows(width, width), _size.Heads), normed.Values(packed.Rows(2 * width, width), _size.Heads), mask, width);
        var attended = h + mixed.Linear(attention.Dense("out_proj"));
        return attended + attended.LayerNorm(layer["layer_norms"][1]).Linear(layer.Dense("fc1")).Relu().Linear(layer.Dense("fc2"));
    }

    /// <summary>Scaled, plus the position where channel 0 is not exactly 0; (batch, channels, time) to (batch, time, channels).</summary>
    private OnnxValue Embed(OnnxValue x, long length, int width)
    {
        var steps = x.Transpose(0, 2, 1);
        return (_graph.Weight(Positions.Causal((int)length, width)) * steps.Slice(2, 0, 1).IsNotZero().ToFloat()) + (steps * MathF.Sqrt(width));
    }

    /// <summary>Who may see what: no step sees a later one, no row a condition that it lacks; (batch, 1, time, time of all sources).</summary>
    private OnnxValue Mask(long[] lengths)
    {
        var (time, sources) = ((int)lengths[0], lengths[1..]);
        var causal = WeightArray.Full(0, time, sources.Sum());
        for (var i = 0; i < time; i++)
        {
            var start = i * (int)sources.Sum();
            foreach (var length in sources)
            {
                var seen = (int)Math.Min(length, i + Math.Abs(length - time) + 1);
                causal.Values.AsSpan(start + seen, (int)length - seen).Fill(OnnxLayers.Hidden);
                start += (int)length;
            }
        }

        var present = OnnxOperators.Concat(1, [.. _conditions.Select((c, i) =>
            c.Present.Where(_graph.Constant(0), _graph.Constant(OnnxLayers.Hidden)).Unsqueeze(1) + _graph.Weight(WeightArray.Full(0, sources[i])))]);
        return present.Unsqueeze(1, 2) + _graph.Weight(causal);
    }

    /// <summary><see cref="ChannelGroupNorm"/> on (batch, channels, time).</summary>
    private OnnxValue GroupNorm(OnnxValue x, WeightTable norm, int groups, long length)
    {
        const int LeastNumbers = 8;
        var (weight, bias) = (norm.Array("weight"), norm.Array("bias"));
        var channels = weight.Shape[0];
        while (channels % groups != 0 || (groups > 1 && channels * length / groups < LeastNumbers))
        {
            groups /= 2;
        }

        var normed = _graph.Node(
            "InstanceNormalization",
            [x.Reshape(0, groups, channels / groups * length), _graph.Weight(WeightArray.Full(1, groups)), _graph.Weight(WeightArray.Full(0, groups))],
            new OnnxAttribute("epsilon", 1e-5f)).Reshape(0, channels, length);
        return (normed * _graph.Weight(weight.Reshape(channels, 1))) + _graph.Weight(bias.Reshape(channels, 1));
    }
}
