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
