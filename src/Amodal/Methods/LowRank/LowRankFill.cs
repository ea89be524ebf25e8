namespace Amodal.Methods.LowRank;

/// <summary>
/// Latents of all modalities as rows of a matrix of low rank, whose singular values D and right singular vectors V the training rows
/// tell. A row is fitted by factors of these, <c>x = V D^(1/2) a</c>, with the least <c>|x_O - V_O D^(1/2) a|^2 + lambda |a|^2</c>, in which
/// the nuclear norm of the whole matrix falls apart by rows (Hastie et al. 2015). So
/// <code>x_M = K_MO (K_OO + lambda I)^-1 x_O,   K = V D V^T,</code>
/// and neither the other rows asked for nor their number change an answer.
/// </summary>
internal abstract class LowRankFill : RegressionFill
{
    private const int MostRows = 4096; // of which the factors are taken

    protected LowRankFill(string name, FillContext context)
        : base(name, context.Layout)
    {
        Seed = (ulong)context.Options.Seed;
        register_buffer("kernel", zeros(Layout.Count, Layout.Count, dtype: ScalarType.Float64));
        register_buffer("lambda", zeros(1, dtype: ScalarType.Float64));
        RegisterComponents();
    }

    protected ulong Seed { get; }

    /// <summary>The factors to choose from, each with its lambda.</summary>
    /// <param name="x">(row, numbers), 0 where a number is not known.</param>
    /// <param name="present">What is known of each row.</param>
    protected abstract IEnumerable<(Completion.Factors Factors, double Lambda)> Complete(Tensor x, IReadOnlyList<ModalitySet> present);

    protected override void Fit(FillData data)
    {
        int[] rows = [.. Enumerable.Range(0, data.Present.Count)];
        new StableRandom(Seed, StableRandom.KeyOf("low-rank")).Shuffle(rows.AsSpan());
        rows = [.. rows.Take(MostRows).Order()];
        using var index = tensor([.. rows.Select(row => (long)row)], device: data.Train.device);
        var choices = Complete(data.Train.index_select(0, index).to(ScalarType.Float64), [.. rows.Select(row => data.Present[row])])
            .Select(c => (Kernel: (c.Factors.Right * c.Factors.Values).matmul(c.Factors.Right.t()), c.Lambda)).ToList();
        var (kernel, lambda) = data.Best(choices, (choice, given, observed) => Fill(given.Numbers, observed, Weights(observed, choice.Kernel, choice.Lambda)));
        get_buffer("kernel")!.copy_(kernel);
        get_buffer("lambda")!.fill_(lambda);
    }

    protected override Tensor Weights(ModalitySet observed) => Weights(observed, get_buffer("kernel")!, get_buffer("lambda")!.item<double>());

    private Tensor Weights(ModalitySet observed, Tensor kernel, double lambda) =>
        Solve(kernel, observed, own => own.Plus(eye(own.shape[0], dtype: own.dtype, device: own.device), Math.Max(lambda, 1e-9)));
}

/// <summary>Soft-Impute: lambda from the greatest singular value down, each solution the start of the next; validation chooses.</summary>
internal sealed class SoftImputeFill(FillContext context) : LowRankFill(nameof(SoftImputeFill), context)
{
    private const int Lambdas = 14;

    /// <summary>Its line in the catalogue.</summary>
    public static MethodDescriptor Descriptor { get; } = FillMethod.Describe(
        "soft-impute", "Latents completed by a matrix of low rank, Soft-Impute. Costs: a training of the fusion beside the classifiers, more where training rows lack modalities.", context => new SoftImputeFill(context));

    protected override IEnumerable<(Completion.Factors Factors, double Lambda)> Complete(Tensor x, IReadOnlyList<ModalitySet> present)
    {
        using var known = KnownOf(x, present);
        var (z, lambda) = (zeros_like(x), Completion.Largest(x));
        for (var i = 0; i < Lambdas; i++)
        {
            lambda /= 2;
            var (next, factors) = Completion.SoftImpute(x, known, lambda, z);
            z.Dispose();
            z = next;
            yield return (factors, lambda);
        }

        z.Dispose();
    }

    private Tensor KnownOf(Tensor x, IReadOnlyList<ModalitySet> present) => Layout.Mask(present, x.device).to(x.dtype);
}

/// <summary>
/// Singular value thresholding. A matrix without gaps is its own completion, so modalities of the training rows are hidden, a random
/// observed set for each. Lambda, which the method has none of, is a share of the greatest singular value; validation chooses.
/// </summary>
internal sealed class ThresholdFill(FillContext context) : LowRankFill(nameof(ThresholdFill), context)
{
    private static readonly double[] _shares = [1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 1];

    /// <summary>Its line in the catalogue.</summary>
    public static MethodDescriptor Descriptor { get; } = FillMethod.Describe(
        "svt", "Latents completed by a matrix of low rank, singular value thresholding. Costs: a training of the fusion beside the classifiers, and seconds to minutes.", context => new ThresholdFill(context));

    protected override IEnumerable<(Completion.Factors Factors, double Lambda)> Complete(Tensor x, IReadOnlyList<ModalitySet> present)
    {
        var random = new StableRandom(Seed, StableRandom.KeyOf("svt"));
        var sets = Patterns.All(Layout.Sizes.Count);
        using var known = Layout.Mask([.. present.Select(own => sets[random.NextInt(sets.Count)].And(own) is { IsEmpty: false } set ? set : own)], x.device).to(x.dtype);
        var (z, factors) = Completion.Threshold(x * known, known);
        z.Dispose();
        return [.. _shares.Select(share => (factors, share * factors.Values.max().item<double>()))];
    }
}
