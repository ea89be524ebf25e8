using static TorchSharp.torch.nn.functional;

namespace Amodal.Fusion;

/// <summary>
/// MulT's transformer encoder (Tsai et al. 2019, 3.1-3.2; thesis, 5.19-5.20): one modality's steps attend to another's,
/// or to their own, through several layers. Nothing is masked: the thesis uses the default encoder, not MulT's causal one.
/// </summary>
internal sealed class CrossModalTransformer : nn.Module
{
    private const string PositionsKey = "positions";
    private readonly int _width;
    [ComponentName(Name = "layers")] private readonly ModuleList<AttentionLayer> _layers;
    [ComponentName(Name = "output_norm")] private readonly LayerNorm _outputNorm;

    /// <summary>Creates the encoder with torch's initial weights.</summary>
    /// <param name="longest">Time steps of the longest input, at least 1.</param>
    public CrossModalTransformer(int width, int longest, FusionOptions options)
        : base(nameof(CrossModalTransformer))
    {
        if (width % options.Heads != 0)
        {
            throw new InputException("fusion", "heads", $"is {options.Heads}, which does not divide the width {width}; change it or the latents' channels.");
        }

        _width = width;
        _layers = nn.ModuleList(Enumerable.Range(0, options.Layers).Select(_ => new AttentionLayer(width, options)).ToArray());
        _outputNorm = nn.LayerNorm(width);
        register_buffer(PositionsKey, SinusoidalPositions.Table(longest, width), persistent: false);
        RegisterComponents();
    }

    /// <summary>Encodes the queries in the light of the source.</summary>
    /// <param name="queries">(batch, time, width).</param>
    /// <param name="source">(batch, time', width), of any other length; null to attend to the queries themselves, layer by layer.</param>
    public Tensor Encode(Tensor queries, Tensor? source = null)
    {
        using var scope = NewDisposeScope();
        var h = Embed(queries);
        var other = source is null ? null : Embed(source);
        foreach (var layer in _layers)
        {
            h = layer.Forward(h, other ?? h);
        }

        return _outputNorm.forward(h).MoveToOuterDisposeScope();
    }

    /// <summary>Scaled so that content and position weigh alike (Vaswani et al. 2017, 3.4), plus the position.</summary>
    private Tensor Embed(Tensor x) => get_buffer(PositionsKey)!.narrow(0, 0, x.shape[1]).Plus(x, Math.Sqrt(_width));
}

/// <summary>
/// One pre-norm layer of <see cref="CrossModalTransformer"/> on (batch, time, width): attention from the queries to a
/// source, or to themselves, then a ReLU MLP of four times the width; dropout on the attention weights and on both
/// results, which are added to their input.
/// </summary>
internal sealed class AttentionLayer : nn.Module
{
    private const int MlpRatio = 4;
    private readonly int _width;
    private readonly FusionOptions _options;
    [ComponentName(Name = "attention_norm")] private readonly LayerNorm _attentionNorm;
    [ComponentName(Name = "query")] private readonly Linear _query;
    [ComponentName(Name = "key_value")] private readonly Linear _keyValue;
    [ComponentName(Name = "attention_output")] private readonly Linear _attentionOutput;
    [ComponentName(Name = "mlp_norm")] private readonly LayerNorm _mlpNorm;
    [ComponentName(Name = "mlp_hidden")] private readonly Linear _mlpHidden;
    [ComponentName(Name = "mlp_output")] private readonly Linear _mlpOutput;

    public AttentionLayer(int width, FusionOptions options)
        : base(nameof(AttentionLayer))
    {
        (_width, _options) = (width, options);
        _attentionNorm = nn.LayerNorm(width);
        _query = nn.Linear(width, width);
        _keyValue = nn.Linear(width, 2 * width);
        _attentionOutput = nn.Linear(width, width);
        _mlpNorm = nn.LayerNorm(width);
        _mlpHidden = nn.Linear(width, MlpRatio * width);
        _mlpOutput = nn.Linear(MlpRatio * width, width);
        RegisterComponents();
    }

    /// <param name="h">The queries, (batch, time, width).</param>
    /// <param name="source">Where keys and values come from, (batch, time', width).</param>
    /// <param name="mask">Minus infinity where a query, the row, does not see a key; null where all see all.</param>
    public Tensor Forward(Tensor h, Tensor source, Tensor? mask = null)
    {
        using var scope = NewDisposeScope();
        // MulT norms queries and source by one and the same norm.
        var query = Heads(_query.forward(_attentionNorm.forward(h)), 1)[0];
        var keyValue = Heads(_keyValue.forward(_attentionNorm.forward(source)), 2).unbind(0);
        var dropped = training ? _options.AttentionDropout : 0;
        var mixed = scaled_dot_product_attention(query, keyValue[0], keyValue[1], mask, dropped).transpose(1, 2).reshape(h.shape);
        var attended = h.Plus(Drop(_attentionOutput.forward(mixed)));
        var hidden = Drop(relu(_mlpHidden.forward(_mlpNorm.forward(attended))));
        return attended.Plus(Drop(_mlpOutput.forward(hidden))).MoveToOuterDisposeScope();
    }

    private Tensor Drop(Tensor x) => training && _options.Dropout > 0 ? dropout(x, _options.Dropout) : x;

    /// <summary>(batch, time, parts * width) as (parts, batch, heads, time, width / heads), a view.</summary>
    private Tensor Heads(Tensor projected, int parts) =>
        projected.view(projected.shape[0], projected.shape[1], parts, _options.Heads, _width / _options.Heads).permute(2, 0, 3, 1, 4);
}
