using static TorchSharp.torch.nn.functional;

namespace Amodal.Diffusion.Networks;

/// <summary>Multi-head attention with the projections of queries, keys and values in one matrix, keyed as in torch's own and MulT's.</summary>
internal sealed class PackedAttention : nn.Module
{
    private readonly int _heads;
    private readonly int _width;
    [ComponentName(Name = "in_proj_weight")] private readonly Parameter _weight; // (3 width, width): query, key, value
    [ComponentName(Name = "in_proj_bias")] private readonly Parameter _bias;
    [ComponentName(Name = "out_proj")] private readonly Linear _output;

    public PackedAttention(int width, int heads)
        : base(nameof(PackedAttention))
    {
        (_width, _heads) = (width, heads);
        _weight = new Parameter(nn.init.xavier_uniform_(empty(3 * width, width)));
        _bias = new Parameter(zeros(3 * width));
        _output = XavierLinear(width, width);
        RegisterComponents();
    }

    /// <summary>A dense layer with MulT's initial weights.</summary>
    public static Linear XavierLinear(int inputs, int outputs)
    {
        var layer = nn.Linear(inputs, outputs);
        nn.init.xavier_uniform_(layer.weight!);
        nn.init.zeros_(layer.bias!);
        return layer;
    }

    /// <param name="query">(batch, time, width).</param>
    /// <param name="key">(batch, time', width).</param>
    /// <param name="value">Shaped as key. What is one tensor is projected in one product.</param>
    /// <param name="mask">As <see cref="MultiHead.Mix"/> takes it.</param>
    public Tensor Forward(Tensor query, Tensor key, Tensor value, Tensor? mask, double dropout)
    {
        using var scope = NewDisposeScope();
        if (ReferenceEquals(query, key) && ReferenceEquals(key, value))
        {
            var all = Project(query, 0, 3);
            return Mixed(all[0], all[1], all[2]);
        }

        var q = Project(query, 0, 1)[0];
        if (ReferenceEquals(key, value))
        {
            var both = Project(key, 1, 2);
            return Mixed(q, both[0], both[1]);
        }

        return Mixed(q, Project(key, 1, 1)[0], Project(value, 2, 1)[0]);

        Tensor Mixed(Tensor q, Tensor k, Tensor v) => _output.forward(MultiHead.Mix(q, k, v, mask, dropout)).MoveToOuterDisposeScope();
    }

    /// <summary>The projections from first on, (parts, batch, heads, time, width / heads).</summary>
    private Tensor Project(Tensor x, int first, int parts)
    {
        var projected = parts == 3 ? linear(x, _weight, _bias)
            : linear(x, _weight.narrow(0, first * _width, parts * _width), _bias.narrow(0, first * _width, parts * _width));
        return MultiHead.Split(projected, parts, _heads);
    }
}

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
