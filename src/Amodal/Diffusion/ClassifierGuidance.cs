namespace Amodal.Diffusion;

/// <summary>Adds the gradient of a classifier to a score (Dhariwal and Nichol 2021, section 4; thesis, 3.4.1).</summary>
internal static class ClassifierGuidance
{
    /// <summary>
    /// s(x, t) + weight grad_x log p(y | x, t): with weight 1 the score of p_t(x | y). The gradient is turned on for the classifier
    /// alone; what comes out records none.
    /// </summary>
    /// <param name="logProbability">log p(y | x, t) of every row's label, (batch), from x, (batch, channels, time), and t, (batch).</param>
    public static ScoreFunction Of(ScoreFunction score, Func<Tensor, Tensor, Tensor> logProbability, double weight) => (x, t) =>
    {
        using var scope = NewDisposeScope();
        var plain = score(x, t);
        using var gradients = enable_grad();
        var leaf = x.detach().requires_grad_();
        // Rows do not depend on each other, so the gradient of the sum holds every row's own.
        var gradient = autograd.grad([logProbability(leaf, t).sum()], [leaf])[0];
        return plain.Plus(gradient, weight).detach().MoveToOuterDisposeScope();
    };
}
