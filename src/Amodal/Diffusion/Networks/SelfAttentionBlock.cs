using static TorchSharp.torch.nn.functional;

namespace Amodal.Diffusion.Networks;

/// <summary>A pre-norm transformer block on (batch, tokens, width): self-attention and a GELU MLP, each added to its input.</summary>
internal sealed class SelfAttentionBlock : nn.Module
{
    private readonly int _width;
    private readonly int _heads;
    [ComponentName(Name = "attention_norm")] private readonly LayerNorm _attentionNorm;
    [ComponentName(Name = "query_key_value")] private readonly Linear _queryKeyValue;
    [ComponentName(Name = "attention_output")] private readonly Linear _attentionOutput;
    [ComponentName(Name = "mlp_norm")] private readonly LayerNorm _mlpNorm;
    [ComponentName(Name = "mlp_hidden")] private readonly Linear _mlpHidden;
    [ComponentName(Name = "mlp_output")] private readonly Linear _mlpOutput;

    public SelfAttentionBlock(int width, int heads, int mlpWidth)
        : base(nameof(SelfAttentionBlock))
    {
        (_width, _heads) = (width, heads);
        _attentionNorm = nn.LayerNorm(width);
        _queryKeyValue = nn.Linear(width, 3 * width);
        _attentionOutput = nn.Linear(width, width);
        _mlpNorm = nn.LayerNorm(width);
        _mlpHidden = nn.Linear(width, mlpWidth);
        _mlpOutput = nn.Linear(mlpWidth, width);
        RegisterComponents();
    }

    /// <summary>What its tokens cost in dense layers, and their attention to each other and to a context.</summary>
    public long CountFlops(long tokens, long context = 0) =>
        FlopCount.Linear(tokens, _width, 3 * _width) + FlopCount.Attention(tokens, tokens + context, _width)
        + FlopCount.Linear(tokens, _width, _width) + (2 * FlopCount.Linear(tokens, _width, _mlpHidden.weight.shape[0]));

    /// <param name="h">(batch, tokens, width).</param>
    /// <param name="mask">(batch, 1, 1, tokens, then those of the context) bool, false for what nobody may attend to; null when there is none.</param>
    /// <param name="keep">How many of the first tokens are answered for; the others are attended to and then dropped.</param>
    /// <param name="context">Keys and values, (batch, heads, context tokens, width / heads), that the tokens attend to beside their own; null without.</param>
    /// <returns>(batch, keep, width).</returns>
    public Tensor Forward(Tensor h, Tensor? mask, long keep, (Tensor Key, Tensor Value)? context = null)
    {
        using var scope = NewDisposeScope();
        var (query, key, value) = Project(_attentionNorm.forward(h), keep);
        if (context is var (contextKey, contextValue))
        {
            (key, value) = (cat([key, contextKey], 2), cat([value, contextValue], 2));
        }

        var mixed = MultiHead.Mix(query, key, value, mask);
        var kept = (keep == h.shape[1] ? h : h.narrow(1, 0, keep)).Plus(_attentionOutput.forward(mixed));
        var hidden = gelu(_mlpHidden.forward(_mlpNorm.forward(kept)));
        return kept.Plus(_mlpOutput.forward(hidden)).MoveToOuterDisposeScope();
    }

    /// <summary>Queries of the first tokens, keys and values of all, each (batch, heads, tokens, width / heads).</summary>
    private (Tensor Query, Tensor Key, Tensor Value) Project(Tensor normed, long keep)
    {
        if (keep == normed.shape[1])
        {
            var all = MultiHead.Split(_queryKeyValue.forward(normed), 3, _heads).unbind(0);
            return (all[0], all[1], all[2]);
        }

        var (weight, bias) = (_queryKeyValue.weight, _queryKeyValue.bias!);
        var query = linear(normed.narrow(1, 0, keep), weight.narrow(0, 0, _width), bias.narrow(0, 0, _width));
        var rest = linear(normed, weight.narrow(0, _width, 2 * _width), bias.narrow(0, _width, 2 * _width));
        var keyValue = MultiHead.Split(rest, 2, _heads).unbind(0);
        return (MultiHead.Split(query, 1, _heads)[0], keyValue[0], keyValue[1]);
    }
}
