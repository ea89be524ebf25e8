using static TorchSharp.torch.nn.functional;

namespace Amodal.Diffusion.Networks;

/// <summary>
/// Attention over several heads, from projections to their mix. Batch first, because scaled_dot_product_attention then
/// works on views of one product without a copy.
/// </summary>
internal static class MultiHead
{
    /// <summary>(batch, tokens, parts * width) as (parts, batch, heads, tokens, width / heads), a view.</summary>
    public static Tensor Split(Tensor projected, int parts, int heads) =>
        projected.view(projected.shape[0], projected.shape[1], parts, heads, -1).permute(2, 0, 3, 1, 4);

    /// <summary>softmax(Q K^T / sqrt(width / heads)) V, the heads side by side again.</summary>
    /// <param name="query">(batch, heads, tokens, width / heads).</param>
    /// <param name="key">(batch, heads, tokens', width / heads).</param>
    /// <param name="mask">Broadcasts to (batch, heads, tokens, tokens'), bool, false where a token may not be attended to; null when there is none.</param>
    /// <returns>(batch, tokens, width).</returns>
    public static Tensor Mix(Tensor query, Tensor key, Tensor value, Tensor? mask, double dropout = 0)
    {
        using var scope = NewDisposeScope();
        var mixed = scaled_dot_product_attention(query, key, value, mask, dropout).transpose(1, 2);
        return mixed.reshape(mixed.shape[0], mixed.shape[1], -1).MoveToOuterDisposeScope();
    }
}
