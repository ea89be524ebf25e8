namespace Amodal.Export.Graphs;

/// <summary><see cref="AdaptiveBlock"/> and <see cref="Modulation"/>, the parts of DiT and MMDiT.</summary>
internal static class AdaptiveBlockGraph
{
    private const int Parts = 6; // shift, scale and gate of attention, then of the MLP

    /// <summary>The shifts, scales and gates of a block.</summary>
    public static OnnxValue[] Modulate(WeightTable block, ScoreSize size, OnnxValue shared, OnnxValue? steps = null) =>
        Modulation(block["modulation"], Parts, size, shared, steps);

    /// <param name="shared">silu of what tokens share, (batch, 1 or tokens, its width).</param>
    /// <param name="steps">silu of a vector per token, (batch, tokens or 1, its width); null when there is none.</param>
    /// <returns>Each (batch, tokens or 1, width).</returns>
    public static OnnxValue[] Modulation(WeightTable modulation, int parts, ScoreSize size, OnnxValue shared, OnnxValue? steps = null)
    {
        var all = shared.Linear(modulation.Dense("shared").Exact);
        all = steps is null ? all : all + steps.Linear(modulation.Dense("steps").Exact);
        return [.. Enumerable.Range(0, parts).Select(p => all.Slice(2, p * size.Width, (p + 1) * size.Width))];
    }

    /// <summary>norm(h) (1 + scale) + shift.</summary>
    public static OnnxValue Apply(OnnxValue h, OnnxValue shift, OnnxValue scale, ScoreSize size) =>
        (h.LayerNorm(size.Width) * (scale + 1)) + shift;

    public static (OnnxValue Queries, OnnxValue Keys, OnnxValue Values) Project(OnnxValue h, WeightTable block, OnnxValue[] parts, ScoreSize size)
    {
        var (packed, width, heads) = (block.Dense("query_key_value"), size.Width, size.Heads);
        var shown = Apply(h, parts[0], parts[1], size);
        return (shown.Queries(packed.Rows(0, width), heads), shown.Keys(packed.Rows(width, width), heads), shown.Values(packed.Rows(2 * width, width), heads));
    }

    /// <summary>Takes what attention mixed, and passes the MLP.</summary>
    public static OnnxValue Finish(OnnxValue h, OnnxValue mixed, WeightTable block, OnnxValue[] parts, ScoreSize size)
    {
        var attended = h + (parts[2] * mixed.Linear(block.Dense("attention_output")));
        var hidden = Apply(attended, parts[3], parts[4], size).Linear(block.Dense("mlp_hidden")).Gelu();
        return attended + (parts[5] * hidden.Linear(block.Dense("mlp_output")));
    }

    /// <summary>The answer of the tokens, modulated, (batch, channels, time).</summary>
    public static OnnxValue Answer(OnnxValue h, WeightTable weights, ScoreSize size, OnnxValue shared, OnnxValue steps)
    {
        var parts = Modulation(weights["output_modulation"], 2, size, shared, steps);
        return Apply(h, parts[0], parts[1], size).Linear(weights.Dense("output").Exact).Transpose(0, 2, 1);
    }
}

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
