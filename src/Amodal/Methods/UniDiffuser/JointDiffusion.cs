namespace Amodal.Methods.UniDiffuser;

/// <summary>
/// What a joint model says of all modalities at once: v = alpha z - std x_0, from which the noise z = alpha v + std x and the data
/// x_0 = alpha x - std v follow (Salimans and Ho 2022), with alpha and std those of each modality's own time.
/// </summary>
/// <param name="x">Numbers of all modalities, each modality's as noisy as its time says, (row, numbers).</param>
/// <param name="t">The time of every modality, 0 for data to 1 for noise, (row, modality).</param>
/// <returns>(row, numbers).</returns>
internal delegate Tensor JointAnswer(Tensor x, Tensor t);

/// <summary>
/// Diffusion with a time per modality (UniDiffuser, Bao et al. 2023): one network fits the joint, all conditional and all marginal
/// distributions. What is given stands at t = 0, what is drawn goes from 1 to 0, and what is not known stays noise at t = 1.
/// </summary>
internal static class JointDiffusion
{
    /// <summary>Variance preserving, so that alpha^2 + std^2 = 1.</summary>
    public static IProcess Process { get; } = new VpProcess();

    /// <summary>
    /// The mean of |answer - v|^2 over the numbers that count, at x_t = alpha x_0 + std z. Of numbers of unit variance a network that answers 0 has loss 1.
    /// </summary>
    /// <param name="x">x_0, (row, numbers); centred.</param>
    /// <param name="times">The time of every modality, (row, modality).</param>
    /// <param name="counted">The modalities of each row that the network has to answer for.</param>
    public static Tensor Loss(JointAnswer network, NumberLayout layout, Tensor x, double[,] times, IReadOnlyList<ModalitySet> counted, INoise noise)
    {
        using var scope = NewDisposeScope();
        var t = tensor(times, x.dtype, x.device);
        var (alpha, std) = Coefficients(layout, t);
        var (z, counts) = (noise.Like(x), layout.Mask(counted, x.device));
        var answer = network((alpha * x).Plus(std * z), t);
        var error = (answer - (alpha * z).Plus(std * x, -1)).square();
        return ((error * counts).sum() / counts.sum()).MoveToOuterDisposeScope();
    }

    /// <summary>alpha and std of every number, (row, numbers).</summary>
    /// <param name="t">(row, modality).</param>
    public static (Tensor Alpha, Tensor Std) Coefficients(NumberLayout layout, Tensor t)
    {
        var times = t.flatten();
        return (Each(Process.Alpha(times, times)), Each(Process.Std(times, times)));

        Tensor Each(Tensor values) => layout.Spread(values.view(t.shape));
    }

    /// <summary>Times to learn from: each modality's uniform in (0, 1), apart from the others'; what a row lacks is at 1.</summary>
    /// <param name="present">What each row has.</param>
    /// <returns>(row, modality).</returns>
    public static double[,] DrawTimes(IReadOnlyList<ModalitySet> present, int modalities, StableRandom random)
    {
        var times = new double[present.Count, modalities];
        foreach (var (row, held) in present.Index())
        {
            for (var m = 0; m < modalities; m++)
            {
                times[row, m] = held.Contains(m) ? random.NextDouble() : 1;
            }
        }

        return times;
    }

    /// <summary>Draws some modalities, given others.</summary>
    /// <param name="given">(row, numbers); those of <paramref name="observed"/> are looked at.</param>
    /// <param name="observed">What stands at t = 0; may be empty.</param>
    /// <param name="drawn">What is drawn; the rest stays noise.</param>
    /// <param name="start">Noise for all numbers, (row, numbers).</param>
    /// <param name="plan">The sampler, deterministic.</param>
    /// <param name="guidance">
    /// w of s + w (s - s'), with s' the score where the start, at t = 1, is in the place of what is observed. Costs as many evaluations
    /// again. 0 for the distribution that was learned.
    /// </param>
    /// <returns>The numbers of what is drawn as they are now, those of the rest as they were, (row, numbers).</returns>
    public static Tensor Draw(
        JointAnswer network, NumberLayout layout, Tensor given, ModalitySet observed, ModalitySet drawn, Tensor start, SamplingPlan plan, double guidance = 0)
    {
        using var scope = NewDisposeScope();
        var (known, columns) = (layout.Mask([observed], given.device), layout.Columns(drawn, given.device));
        var whole = (given * known).Plus(start * known.Times(-1).Plus(1));
        var ends = plan.Run(new TensorArithmetic((_, x, t) => Score(x, t), NoNoise.Instance), Process, start.index_select(1, columns), plan.Times(Process));
        return whole.index_copy(1, columns, ends).MoveToOuterDisposeScope();

        Tensor Score(Tensor x, double t)
        {
            using var inner = NewDisposeScope();
            var score = At(whole, observed);
            return (guidance == 0 ? score : score.Plus(score - At(start, default), guidance)).MoveToOuterDisposeScope();

            // s = -z / std = -x - (alpha / std) v.
            Tensor At(Tensor rest, ModalitySet clean)
            {
                var times = tensor([.. layout.Sizes.Select((_, m) => drawn.Contains(m) ? t : clean.Contains(m) ? 0 : 1)], 1, layout.Sizes.Count, x.dtype, x.device);
                var v = network(rest.index_copy(1, columns, x), times.expand(x.shape[0], -1)).index_select(1, columns);
                return (-x).Plus(v, -Process.Alpha(t) / Process.Std(t));
            }
        }
    }
}
