using Amodal.Native;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Amodal.Diffusion.Networks;

/// <summary>
/// A pre-norm transformer block on (batch, tokens, width) whose tokens attend to each other and to a context whose keys
/// and values are given: one softmax over both, then a GELU MLP, each added to its input.
/// </summary>
internal sealed class ContextAttentionBlock : nn.Module
{
    private readonly int _width;
    private readonly int _heads;
    [ComponentName(Name = "attention_norm")]
    private readonly LayerNorm _attentionNorm;
    [ComponentName(Name = "query_key_value")]
    private readonly Linear _queryKeyValue;
    [ComponentName(Name = "attention_output")]
    private readonly Linear _attentionOutput;
    [ComponentName(Name = "mlp_norm")]
    private readonly LayerNorm _mlpNorm;
    [ComponentName(Name = "mlp_hidden")]
    private readonly Linear _mlpHidden;
    [ComponentName(Name = "mlp_output")]
    private readonly Linear _mlpOutput;

    public ContextAttentionBlock(int width, int heads, int mlpWidth)
        : base(nameof(ContextAttentionBlock))
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

    /// <summary>What its own tokens cost in dense layers, and their attention to themselves and the context.</summary>
    public long CountFlops(long tokens, long context) =>
        FlopCount.Linear(tokens, _width, 3 * _width) + FlopCount.Attention(tokens, tokens + context, _width)
        + FlopCount.Linear(tokens, _width, _width) + (2 * FlopCount.Linear(tokens, _width, _mlpHidden.weight.shape[0]));

    /// <param name="h">(batch, tokens, width).</param>
    /// <param name="contextKey">(batch, heads, context tokens, width / heads); null without a context.</param>
    /// <param name="contextValue">Shaped as contextKey.</param>
    /// <param name="mask">(batch, 1, 1, tokens and context tokens) bool, false for what nobody may attend to; null when there is none.</param>
    /// <returns>Shaped as h.</returns>
    public Tensor Forward(Tensor h, Tensor? contextKey, Tensor? contextValue, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var own = MultiHead.Split(_queryKeyValue.forward(_attentionNorm.forward(h)), 3, _heads).unbind(0);
        var key = contextKey is null ? own[1] : cat([own[1], contextKey], 2);
        var value = contextValue is null ? own[2] : cat([own[2], contextValue], 2);
        var attended = h.Plus(_attentionOutput.forward(MultiHead.Mix(own[0], key, value, mask)));
        var hidden = gelu(_mlpHidden.forward(_mlpNorm.forward(attended)));
        return attended.Plus(_mlpOutput.forward(hidden)).MoveToOuterDisposeScope();
    }
}
