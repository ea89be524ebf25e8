namespace Amodal.Methods.Mult;

/// <summary>
/// The transformer encoder of the published MulT (Tsai et al. 2019): one modality's steps attend to another's, the same embedded ones in every
/// layer, or to their own. A query does not see keys behind it, and a step whose first number is 0 is taken for padding and has no position.
/// </summary>
internal sealed class MultTransformer : nn.Module
{
    private const double Dropout = 0.25;
    private readonly int _width;
    [ComponentName(Name = "layers")] private readonly ModuleList<AttentionLayer> _layers;
    [ComponentName(Name = "norm")] private readonly LayerNorm _norm;

    public MultTransformer(int width, FusionOptions options)
        : base(nameof(MultTransformer))
    {
        _width = width;
        _layers = nn.ModuleList(Enumerable.Range(0, options.Layers).Select(_ => new AttentionLayer(width, options)).ToArray());
        _norm = nn.LayerNorm(width);
        RegisterComponents();
        using var noGradient = no_grad();
        foreach (var (name, parameter) in named_parameters())
        {
            if (name.EndsWith("query.bias", StringComparison.Ordinal) || name.EndsWith("key_value.bias", StringComparison.Ordinal) || name.EndsWith("attention_output.bias", StringComparison.Ordinal))
            {
                _ = parameter.zero_();
            }
        }
    }

    /// <summary>Encodes the queries in the light of the source.</summary>
    /// <param name="queries">(row, time, width).</param>
    /// <param name="source">(row, time', width); null to attend to the queries themselves, layer by layer.</param>
    public Tensor Encode(Tensor queries, Tensor? source = null)
    {
        using var scope = NewDisposeScope();
        var h = Embed(queries);
        var other = source is null ? null : Embed(source);
        var mask = Mask(h.shape[1], (other ?? h).shape[1], h);
        foreach (var layer in _layers)
        {
            h = layer.Forward(h, other ?? h, mask);
        }

        return _norm.forward(h).MoveToOuterDisposeScope();
    }

    // Key j is seen by query i where j <= i + |keys - queries|.
    private static Tensor Mask(long queries, long keys, Tensor like)
    {
        var hidden = new float[queries * keys];
        for (var i = 0; i < queries; i++)
        {
            for (var j = i + Math.Abs(keys - queries) + 1; j < keys; j++)
            {
                hidden[(i * keys) + j] = float.NegativeInfinity;
            }
        }

        return tensor(hidden, [queries, keys], device: like.device);
    }

    private Tensor Embed(Tensor x)
    {
        using var positions = SinusoidalPositions.Table((int)x.shape[1], _width).to(x.device);
        var embedded = (positions * x.narrow(2, 0, 1).ne(0)).Plus(x, Math.Sqrt(_width));
        return training ? nn.functional.dropout(embedded, Dropout) : embedded;
    }
}
