using static TorchSharp.torch.nn.functional;

namespace Amodal.Diffusion.Networks;

/// <summary>
/// A transformer block with adaLN-Zero (Peebles and Xie 2023) on (batch, tokens, width): attention and a GELU MLP, each
/// with its input normed, scaled and shifted, and its answer gated, by a <see cref="Modulation"/>. The block of DiT; one
/// of the two streams of MMDiT's (Esser et al. 2024), whose attention is over both.
/// </summary>
internal sealed class AdaptiveBlock : nn.Module
{
    private const int Parts = 6; // shift, scale and gate of attention, then of the MLP
    private readonly int _width;
    private readonly int _heads;
    [ComponentName(Name = "modulation")] private readonly Modulation _modulation;
    [ComponentName(Name = "query_key_value")] private readonly Linear _queryKeyValue;
    [ComponentName(Name = "attention_output")] private readonly Linear _attentionOutput;
    [ComponentName(Name = "mlp_hidden")] private readonly Linear _mlpHidden;
    [ComponentName(Name = "mlp_output")] private readonly Linear _mlpOutput;

    public AdaptiveBlock(BackboneOptions options, int sharedWidth, int stepWidth = 0)
        : base(nameof(AdaptiveBlock))
    {
        (_width, _heads) = (options.Width, options.Heads);
        _modulation = new Modulation(Parts, _width, sharedWidth, stepWidth);
        _queryKeyValue = nn.Linear(_width, 3 * _width);
        _attentionOutput = nn.Linear(_width, _width);
        _mlpHidden = nn.Linear(_width, options.MlpWidth);
        _mlpOutput = nn.Linear(options.MlpWidth, _width);
        RegisterComponents();
    }

    /// <summary>What the dense layers cost, without attention itself.</summary>
    /// <param name="steps">Vectors per token.</param>
    public long CountFlops(long tokens, long shared, long steps = 0) =>
        FlopCount.Linear(tokens, _width, 3 * _width) + FlopCount.Linear(tokens, _width, _width)
        + (2 * FlopCount.Linear(tokens, _width, _mlpHidden.weight!.shape[0])) + _modulation.CountFlops(shared, steps);

    /// <summary>The block alone: its tokens attend to each other.</summary>
    /// <param name="h">(batch, tokens, width).</param>
    /// <param name="shared">As <see cref="Modulation.Forward"/> takes it.</param>
    /// <param name="steps">As <see cref="Modulation.Forward"/> takes it.</param>
    public Tensor Forward(Tensor h, Tensor shared, Tensor? steps)
    {
        using var scope = NewDisposeScope();
        var parts = Modulate(shared, steps);
        var projected = Project(h, parts).unbind(0);
        return Finish(h, MultiHead.Mix(projected[0], projected[1], projected[2], mask: null), parts).MoveToOuterDisposeScope();
    }

    /// <summary>The shifts, scales and gates of this block.</summary>
    public Tensor[] Modulate(Tensor shared, Tensor? steps = null) => _modulation.Forward(shared, steps);

    /// <summary>Queries, keys and values, (3, batch, heads, tokens, width / heads).</summary>
    public Tensor Project(Tensor h, Tensor[] parts) =>
        MultiHead.Split(_queryKeyValue.forward(Modulation.Apply(h, parts[0], parts[1])), 3, _heads);

    /// <summary>Takes what attention mixed, and passes the MLP.</summary>
    /// <param name="h">(batch, tokens, width).</param>
    /// <param name="parts">From <see cref="Modulate"/>.</param>
    public Tensor Finish(Tensor h, Tensor mixed, Tensor[] parts)
    {
        using var scope = NewDisposeScope();
        var attended = h.Plus(parts[2] * _attentionOutput.forward(mixed));
        var hidden = gelu(_mlpHidden.forward(Modulation.Apply(attended, parts[3], parts[4])));
        return attended.Plus(parts[5] * _mlpOutput.forward(hidden)).MoveToOuterDisposeScope();
    }
}
