namespace Amodal.Diffusion.Networks;

/// <summary>A network whose weights are bfloat16, for samplers that work in single precision: latents are rounded on the way in, answers widened on the way out. Owns nothing.</summary>
/// <param name="network">The network, moved to bfloat16.</param>
internal sealed class Bfloat16Network(IScoreNetwork network) : IScoreNetwork
{
    public Tensor Evaluate(Tensor x, Tensor t, IReadOnlyList<Condition> conditions)
    {
        using var scope = NewDisposeScope();
        return network.Evaluate(Rounded(x), t, Rounded(conditions)).to_type(x.dtype).MoveToOuterDisposeScope();
    }

    public Func<Tensor, Tensor, Tensor> Prepare(IReadOnlyList<Condition> conditions)
    {
        var prepared = network.Prepare(Rounded(conditions));
        return (x, t) =>
        {
            using var scope = NewDisposeScope();
            return prepared(Rounded(x), t).to_type(x.dtype).MoveToOuterDisposeScope();
        };
    }

    public long CountFlops(IReadOnlyList<int> conditions) => network.CountFlops(conditions);

    private static Tensor Rounded(Tensor x) => x.to_type(ScalarType.BFloat16);

    private static List<Condition> Rounded(IReadOnlyList<Condition> conditions) => [.. conditions.Select(c => c with { Latent = Rounded(c.Latent) })];
}
