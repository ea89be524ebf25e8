using static TorchSharp.torch.nn.functional;

namespace Amodal.Diffusion.Networks;

/// <summary>
/// MulT's transformer encoder as its code and IMDer's have it (Tsai et al. 2019), on (batch, time, width): a sequence
/// attends to another, or to itself, and no step sees one that is later. Keys are those of the published checkpoints,
/// less the two buffers there that carry no meaning (version, embed_positions._float_tensor).
/// </summary>
/// <remarks>
/// What the papers do not say: keys and values are the same embedded source in every layer, under the norm that the
/// layer's queries pass too; step i may see source steps up to i + |source length - own length|; and a step whose channel
/// 0 is exactly 0, as padding has, gets no position.
/// </remarks>
internal sealed class CausalTransformer : nn.Module
{
    private const string PositionsKey = "positions";
    private readonly CausalTransformerOptions _options;
    private readonly int _width;
    [ComponentName(Name = "layers")] private readonly ModuleList<CausalTransformerLayer> _layers;
    [ComponentName(Name = "layer_norm")] private readonly LayerNorm _norm;

    /// <param name="longest">Steps of the longest sequence, at least 1.</param>
    public CausalTransformer(int width, int longest, CausalTransformerOptions options)
        : base(nameof(CausalTransformer))
    {
        if (width % options.Heads != 0)
        {
            throw new ArgumentException($"width {width} is not a multiple of {options.Heads} heads", nameof(width));
        }

        (_options, _width) = (options, width);
        _layers = nn.ModuleList(Enumerable.Range(0, options.Layers).Select(_ => new CausalTransformerLayer(width, options)).ToArray());
        _norm = nn.LayerNorm(width);
        register_buffer(PositionsKey, Positions(longest, width), persistent: false);
        RegisterComponents();
    }

    /// <summary>What encoding costs; see <see cref="FlopCount"/>.</summary>
    public long CountFlops(long queries, long keys) => _layers.Sum(l => l.CountFlops(queries, keys));

    /// <summary>Encodes a sequence in the light of others.</summary>
    /// <param name="queries">(batch, time, width).</param>
    /// <param name="sources">
    /// What it attends to, each of any length, with positions and causality of its own; null to attend to itself, layer by
    /// layer. A source that a row lacks has no effect on that row; what a row that lacks all of them gets means nothing.
    /// </param>
    public Tensor Encode(Tensor queries, IReadOnlyList<AttentionSource>? sources = null)
    {
        using var scope = NewDisposeScope();
        var h = Drop(Embed(queries));
        var (key, value) = sources is null ? default : KeyAndValue(cat(sources.Select(s => Embed(s.Steps)).ToList(), 1));
        var mask = Mask(queries, sources ?? [new AttentionSource(queries)]);
        foreach (var layer in _layers)
        {
            h = layer.Forward(h, key, value, mask);
        }

        return _norm.forward(h).MoveToOuterDisposeScope();
    }

    /// <summary>Row p is the embedding of position p + 1: sines, then cosines, of frequencies from 1 down to 1 / 10000.</summary>
    internal static Tensor Positions(int longest, int width)
    {
        var half = width / 2;
        var values = new float[longest * width];
        for (var p = 0; p < longest; p++)
        {
            for (var i = 0; i < half; i++)
            {
                var angle = (p + 1) * Math.Pow(10000, -i / (double)Math.Max(1, half - 1));
                (values[(p * width) + i], values[(p * width) + half + i]) = ((float)Math.Sin(angle), (float)Math.Cos(angle));
            }
        }

        return tensor(values, [longest, width]);
    }

    private bool IsDropping => training && _options.EmbeddingDropout > 0;

    private (Tensor? Key, Tensor? Value) KeyAndValue(Tensor source) => IsDropping ? (Drop(source), Drop(source)) : (source, source);

    private Tensor Drop(Tensor x) => IsDropping ? dropout(x, _options.EmbeddingDropout) : x;

    /// <summary>Scaled so that content and position weigh alike, plus the position where channel 0 is not exactly 0.</summary>
    private Tensor Embed(Tensor x)
    {
        using var scope = NewDisposeScope();
        var table = get_buffer(PositionsKey)!.narrow(0, 0, x.shape[1]).to_type(x.dtype);
        var isCounted = x.detach().select(2, 0).to_type(ScalarType.Bool); // true but for 0
        var positions = _options.HasTimeMajorPositions ? table[TimeMajor(isCounted)] : table;
        return (positions * isCounted.unsqueeze(2).to_type(x.dtype)).Plus(x, Math.Sqrt(_width)).MoveToOuterDisposeScope();
    }

    /// <summary>Rows of the table, (batch, time): the counted positions, listed row by row, dealt out time by time.</summary>
    private static Tensor TimeMajor(Tensor isCounted)
    {
        var (batch, time) = (isCounted.shape[0], isCounted.shape[1]);
        var listed = arange(time, device: isCounted.device).expand(batch, time).masked_select(isCounted);
        var place = isCounted.t().flatten().cumsum(0) - 1;
        return listed[place.clamp_min(0)].view(time, batch).t();
    }

    /// <summary>Broadcasts to (batch, heads, time, time of all sources): true where a step may be seen; null when all may.</summary>
    private Tensor? Mask(Tensor queries, IReadOnlyList<AttentionSource> sources)
    {
        var time = queries.shape[1];
        var causal = _options.IsCausal && sources.Any(s => Math.Abs(s.Steps.shape[1] - time) < s.Steps.shape[1] - 1)
            ? cat(sources.Select(s => ones(time, s.Steps.shape[1], ScalarType.Bool, queries.device).tril(Math.Abs(s.Steps.shape[1] - time))).ToList(), 1)
            : null;
        var present = Present(queries, sources);
        return causal is null || present is null ? causal ?? present : causal & present;
    }

    /// <summary>(batch, 1, 1, time of all sources), false for sources that a row lacks; a row that lacks all may see all, to stay finite.</summary>
    private static Tensor? Present(Tensor queries, IReadOnlyList<AttentionSource> sources)
    {
        if (sources.All(s => s.Present is null))
        {
            return null;
        }

        var all = ones(queries.shape[0], ScalarType.Bool, queries.device);
        var rows = stack(sources.Select(s => s.Present ?? all).ToList(), 1);
        var shown = rows | rows.any(1, keepdim: true).logical_not();
        var lengths = tensor(sources.Select(s => s.Steps.shape[1]).ToArray(), device: queries.device);
        return shown.repeat_interleave(lengths, 1).unsqueeze(1).unsqueeze(1);
    }
}

/// <summary>A sequence that another attends to.</summary>
/// <param name="Steps">(batch, time, width).</param>
/// <param name="Present">(batch) bool, false for rows that lack it; null when all have it.</param>
internal sealed record AttentionSource(Tensor Steps, Tensor? Present = null);

/// <summary>A layer of <see cref="CausalTransformer"/>: pre-norm attention and a ReLU MLP of four times the width, each added to its input.</summary>
internal sealed class CausalTransformerLayer : nn.Module
{
    private const int MlpRatio = 4;
    private readonly CausalTransformerOptions _options;
    private readonly int _width;
    [ComponentName(Name = "self_attn")] private readonly PackedAttention _attention;
    [ComponentName(Name = "fc1")] private readonly Linear _hidden;
    [ComponentName(Name = "fc2")] private readonly Linear _output;
    [ComponentName(Name = "layer_norms")] private readonly ModuleList<LayerNorm> _norms;

    public CausalTransformerLayer(int width, CausalTransformerOptions options)
        : base(nameof(CausalTransformerLayer))
    {
        (_options, _width) = (options, width);
        _attention = new PackedAttention(width, options.Heads);
        _hidden = PackedAttention.XavierLinear(width, MlpRatio * width);
        _output = PackedAttention.XavierLinear(MlpRatio * width, width);
        _norms = nn.ModuleList(nn.LayerNorm(width), nn.LayerNorm(width));
        RegisterComponents();
    }

    public long CountFlops(long queries, long keys) =>
        FlopCount.Linear(queries, _width, 2 * _width) + FlopCount.Linear(keys, _width, 2 * _width)
        + FlopCount.Attention(queries, keys, _width) + (2 * FlopCount.Linear(queries, _width, MlpRatio * _width));

    /// <param name="h">(batch, time, width).</param>
    /// <param name="key">(batch, time', width); null for h itself.</param>
    /// <param name="value">Shaped as key, and the same tensor unless dropout makes them differ.</param>
    /// <param name="mask">As <see cref="MultiHead.Mix"/> takes it.</param>
    public Tensor Forward(Tensor h, Tensor? key, Tensor? value, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var query = _norms[0].forward(h);
        var normedKey = key is null ? query : _norms[0].forward(key);
        var normedValue = value is null || ReferenceEquals(key, value) ? normedKey : _norms[0].forward(value);
        var dropped = training ? _options.AttentionDropout : 0;
        var attended = h.Plus(Drop(_attention.Forward(query, normedKey, normedValue, mask, dropped), _options.ResidualDropout));
        var hidden = Drop(relu(_hidden.forward(_norms[1].forward(attended))), _options.HiddenDropout);
        return attended.Plus(Drop(_output.forward(hidden), _options.ResidualDropout)).MoveToOuterDisposeScope();
    }

    private Tensor Drop(Tensor x, double share) => training && share > 0 ? dropout(x, share) : x;
}
