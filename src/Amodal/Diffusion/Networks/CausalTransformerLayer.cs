using static TorchSharp.torch.nn.functional;

namespace Amodal.Diffusion.Networks;

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
