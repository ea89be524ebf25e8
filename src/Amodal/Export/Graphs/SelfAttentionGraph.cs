namespace Amodal.Export.Graphs;

/// <summary>The block of the plain transformers, <see cref="SelfAttentionBlock"/>.</summary>
internal static class SelfAttentionGraph
{
    /// <param name="h">(batch, tokens, width).</param>
    /// <param name="mask">Over all that is attended to; null when there is none.</param>
    /// <param name="keep">How many of the first tokens are answered for; null for all.</param>
    /// <param name="contextKeys">Keys that are attended to beside the tokens' own; null when there are none.</param>
    public static OnnxValue Block(
        OnnxValue h, WeightTable block, ScoreSize size, OnnxValue? mask, int? keep = null, OnnxValue? contextKeys = null, OnnxValue? contextValues = null)
    {
        var (width, heads) = (size.Width, size.Heads);
        var packed = block.Dense("query_key_value");
        var normed = h.LayerNorm(block["attention_norm"]);
        var queries = (keep is null ? normed : normed.Slice(1, 0, keep.Value)).Queries(packed.Rows(0, width), heads);
        var keys = normed.Keys(packed.Rows(width, width), heads);
        var values = normed.Values(packed.Rows(2 * width, width), heads);
        keys = contextKeys is null ? keys : OnnxOperators.Concat(3, keys, contextKeys);
        values = contextValues is null ? values : OnnxOperators.Concat(2, values, contextValues);
        var mixed = OnnxLayers.Attend(queries, keys, values, mask, width);
        var attended = (keep is null ? h : h.Slice(1, 0, keep.Value)) + mixed.Linear(block.Dense("attention_output"));
        return attended + attended.LayerNorm(block["mlp_norm"]).Linear(block.Dense("mlp_hidden")).Gelu().Linear(block.Dense("mlp_output"));
    }
}
