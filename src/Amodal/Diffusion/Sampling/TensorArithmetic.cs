namespace Amodal.Diffusion.Sampling;

/// <summary>The samplers' arithmetic on tensors of any type and device; a step has a dispose scope of its own, and nothing records a gradient.</summary>
internal sealed class TensorArithmetic(LatentScore<Tensor>? score, INoise noise) : ILatentArithmetic<Tensor>
{
    public TensorArithmetic(ScoreFunction score, INoise noise)
        : this((_, x, t) => score(x, ScalarArithmetic.Constant(x.shape[0], t, x)), noise)
    {
    }

    public Tensor Score(Tensor x, double t) => score!(this, x, t);

    public Tensor Noise(Tensor like) => noise.Like(like);

    public Tensor Times(Tensor x, double factor) => ScalarArithmetic.Times(x, factor);

    public Tensor Times(Tensor x, Tensor y) => x * y;

    public Tensor Plus(Tensor x, Tensor y, double factor = 1) => ScalarArithmetic.Plus(x, y, factor);

    public Tensor NormRatio(Tensor x, Tensor y) => RowNorm(x) / RowNorm(y);

    public Tensor Walk(Tensor start, int steps, Func<Tensor, int, Tensor> step)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad(); // not inference mode: its tensors could not be trained on later
        var x = start.alias();
        for (var i = 0; i < steps; i++)
        {
            using var stepScope = NewDisposeScope();
            var next = step(x, i).MoveToOuterDisposeScope();
            x.Dispose();
            x = next;
        }

        return x.MoveToOuterDisposeScope();
    }

    public Tensor Keep(Tensor x) => x.MoveToOuterDisposeScope();

    public void Free(Tensor x) => x.Dispose();

    private static Tensor RowNorm(Tensor x) => x.square().sum([.. Enumerable.Range(1, (int)x.dim() - 1)], keepdim: true).sqrt();
}
