namespace Amodal.Methods.LinearFirst;

/// <summary>
/// The diffusion of what is missing, as far as it is Gaussian, in closed form. Of z ~ N(m, S) and y = z + sigma e the best noise
/// prediction is
/// <code>e*(y) = sigma (S + sigma^2)^-1 (y - m),</code>
/// and probability flow, dy / dsigma = e*, scales y - m from level a to b by ((S + b^2) / (S + a^2))^(1/2). Every process is this one
/// in y = x / alpha and sigma = std / alpha, so that e* = std (alpha^2 S + std^2)^-1 (x - alpha m).
/// </summary>
internal sealed class GaussianScore
{
    private const double First = 2; // times the largest deviation: the level where draws start
    private const double Last = 0.15; // times the root mean square: the last level where a correction is asked for
    private readonly Tensor _basis; // (missing numbers, directions)
    private readonly Tensor _deviations; // (directions + 1), of 0 for all that lies outside the directions

    /// <summary>Its tensors belong to the caller's dispose scope.</summary>
    /// <param name="levels">In place of its own.</param>
    public GaussianScore(JointGaussian gaussian, ModalitySet observed, (double First, double Last)? levels = null)
    {
        (var deviations, _basis) = gaussian.Spread(observed);
        using var scope = NewDisposeScope();
        _deviations = cat([deviations.to(ScalarType.Float64), zeros(1, dtype: ScalarType.Float64, device: deviations.device)]).clamp_min(1e-12).MoveToOuterDisposeScope();
        (FirstLevel, LastLevel) = levels ?? (First * deviations.max().item<float>(), Last * deviations.square().mean().sqrt().item<float>());
    }

    /// <summary>The directions of S, (missing numbers, directions).</summary>
    public Tensor Basis => _basis;

    /// <summary>The level that draws start from; more noise tells nothing of what is not Gaussian.</summary>
    public double FirstLevel { get; }

    /// <summary>The level that the last step starts from, where there are several.</summary>
    public double LastLevel { get; }

    /// <summary>The best noise prediction, (row, missing numbers).</summary>
    /// <param name="off">y - m, likewise.</param>
    /// <param name="levels">sigma, (row, 1) in double precision.</param>
    public Tensor Noise(Tensor off, Tensor levels)
    {
        using var scope = NewDisposeScope();
        return Times(off, levels / (_deviations.square() + levels.square())).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Joint draws, m + S^(1/2) e where nothing corrects them. They start below t = 1, from N(m, S + sigma^2). The Gaussian part is
    /// integrated exactly in each step; a correction r to its noise prediction is held for the step (exponential Euler),
    /// <code>y' - m = (R' / R) (y - m) + R' ln((sigma' + R') / (sigma + R)) r, R = (S + sigma^2)^(1/2).</code>
    /// </summary>
    /// <param name="means">m, (row, missing numbers).</param>
    /// <param name="noise">Gives e.</param>
    /// <param name="evaluations">Of the correction, at least 1, evenly in the logarithm of the level.</param>
    /// <param name="correction">r of y at a level; null for none.</param>
    public Tensor Draw(Tensor means, INoise noise, int evaluations, Func<Tensor, double, Tensor>? correction = null)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var off = Begin(noise.Like(means));
        foreach (var (level, moved, corrected) in Steps(evaluations))
        {
            using var step = NewDisposeScope();
            var free = Times(off, moved);
            off = (correction is null ? free : free + Times(correction(means + off, level), corrected)).MoveToOuterDisposeScope();
        }

        return (means + off).MoveToOuterDisposeScope();
    }

    /// <summary>y - m where draws start.</summary>
    /// <param name="noise">e.</param>
    public Tensor Begin(Tensor noise) => Times(noise, Root(FirstLevel));

    /// <summary>The steps of a draw: the level, and the functions of S^(1/2) that y - m and a correction are multiplied by, (directions + 1), the last outside the directions.</summary>
    /// <inheritdoc cref="Draw"/>
    public IEnumerable<(double Level, Tensor Moved, Tensor Corrected)> Steps(int evaluations)
    {
        double[] levels = [.. Enumerable.Range(0, evaluations).Select(i => FirstLevel * Math.Pow(LastLevel / FirstLevel, i / Math.Max(1.0, evaluations - 1))), 0];
        return levels.Zip(levels.Skip(1)).Select(pair =>
        {
            var (level, next) = pair;
            var (root, nextRoot) = (Root(level), Root(next));
            return (level, nextRoot / root, nextRoot * ((next + nextRoot) / (level + root)).log());
        });
    }

    private Tensor Root(double level) => (_deviations.square() + (level * level)).sqrt();

    /// <summary>A function of S^(1/2) times every row: its values (row or 1, directions + 1), the last outside the directions.</summary>
    private Tensor Times(Tensor x, Tensor values)
    {
        var of = values.to(x.dtype).view(-1, _deviations.shape[0]);
        var (inside, outside) = (of[.., ..^1], of[.., ^1..]);
        return (x * outside) + (x.matmul(_basis) * (inside - outside)).matmul(_basis.t());
    }
}
