using static TorchSharp.torch.nn;

namespace Amodal.Methods.LinearFirst;

/// <summary>
/// What the validation split says of the errors, by split conformal prediction per observed set (Lei et al. 2018): a score's are
/// |y - prediction| / deviation(x), a class's 1 - p(true class). Of n of them the factor of a level is the ceil((n + 1) level)-th
/// smallest: where the n and the next are exchangeable, the next is at most that large with at least this probability.
/// </summary>
internal sealed class Calibration : Module
{
    private const int Levels = 99; // in hundredths
    private const int PartRows = 256;
    private readonly LinearFirstModel _model;
    private readonly IReadOnlyList<(Target Target, int Label, int Output)> _parts;
    private readonly IReadOnlyList<ModalitySet> _sets;

    /// <summary>Nothing is known yet.</summary>
    public Calibration(LinearFirstModel model, JointGaussian gaussian, Target target)
        : base(nameof(Calibration))
    {
        _model = model;
        _parts = target is SeveralTarget several ? [.. several.Places().Select(p => (p.Target, p.Label, p.Output))] : [(target, 0, 0)];
        _sets = gaussian.Tried;
        register_buffer("variances", zeros(_parts.Count));
        // After the sets come their sizes: what sets are taken by that have none of their own.
        register_buffer("factors", zeros(_sets.Count + gaussian.Sizes.Count, _parts.Count, Levels));
        RegisterComponents();
    }

    /// <summary>Takes the errors of rows that have what is observed, and a label.</summary>
    /// <param name="rows">By modality (row, numbers).</param>
    /// <param name="split">The same rows.</param>
    /// <param name="seed">Seed of the draws.</param>
    public void Fit(IReadOnlyList<Tensor> rows, Split split, ulong seed, Target target)
    {
        using var noGradient = no_grad();
        var present = Presence.Of(split);
        var errors = new Dictionary<(ModalitySet Set, int Part), List<double>>();
        var variances = new double[_parts.Count];
        foreach (var set in _sets) // the complete set is the first: the others' deviations ask for its variance
        {
            List<double>[] found = [.. _parts.Select(_ => new List<double>())];
            foreach (var part in Enumerable.Range(0, split.Count).Where(row => present[row].And(set) == set).Chunk(PartRows))
            {
                using var scope = NewDisposeScope();
                var index = tensor(part.Select(row => (long)row).ToArray(), device: rows[0].device);
                Tensor[] x = [.. rows.Select(r => r.index_select(0, index))];
                float[] predictions = [.. _model.Predict(x, set).cpu().contiguous().data<float>()];
                target.Decode(predictions);
                var deviations = Deviations(x, set, seed).cpu();
                foreach (var (i, row) in part.Index())
                {
                    foreach (var (p, (of, label, output)) in _parts.Index())
                    {
                        var y = split.Label(row)[label];
                        if (float.IsFinite(y))
                        {
                            found[p].Add(of is ClassTarget
                                ? 1 - predictions[(i * target.Width) + output + (int)y]
                                : Math.Abs(y - predictions[(i * target.Width) + output]) / (IsPlain(set) ? 1 : deviations[i, p].item<float>()));
                        }
                    }
                }
            }

            foreach (var (p, list) in found.Index())
            {
                if (IsPlain(set))
                {
                    variances[p] = _parts[p].Target is ClassTarget || list.Count == 0 ? 1 : Math.Max(list.Average(e => e * e), 1e-12);
                    list.AddRange(Taken(list).Select(e => _parts[p].Target is ClassTarget ? e : e / Math.Sqrt(variances[p])));
                }

                errors[(set, p)] = list;
            }

            get_buffer("variances")!.copy_(tensor(variances));
        }

        var factors = errors.ToDictionary(e => (_sets.Index().First(s => s.Item == e.Key.Set).Index, e.Key.Part), e => e.Value);
        foreach (var (size, p) in Enumerable.Range(1, rows.Count).SelectMany(size => _parts.Select((_, p) => (size, p))))
        {
            factors[(_sets.Count + size - 1, p)] = [.. errors.Where(e => e.Key.Part == p && e.Key.Set.Count == size).SelectMany(e => e.Value)];
        }

        using var inner = NewDisposeScope();
        foreach (var ((row, p), list) in factors)
        {
            double[] sorted = [.. list.Order()];
            get_buffer("factors")![row, p].copy_(tensor([.. Enumerable.Range(1, Levels).Select(percent => (float)Math.Min(Factor(sorted, percent), float.MaxValue))]));
        }

        // Whose deviation is the same for every row, and not known yet.
        bool IsPlain(ModalitySet set) => set.Count == rows.Count && _model.Head is null;

        static List<double> Taken(List<double> list)
        {
            List<double> taken = [.. list];
            list.Clear();
            return taken;
        }
    }

    /// <summary>The ceil((n + 1) level)-th smallest; infinite where there are not so many.</summary>
    /// <param name="sorted">Rising.</param>
    public static double Factor(IReadOnlyList<double> sorted, int percent)
    {
        var rank = (((sorted.Count + 1L) * percent) + 99) / 100;
        return rank > sorted.Count ? double.PositiveInfinity : sorted[(int)rank - 1];
    }

    /// <summary>The deviation and the margin of every row and label, (row, label, 2).</summary>
    /// <param name="parts">By modality (row, numbers); those that are not observed are not looked at.</param>
    public Tensor Of(IReadOnlyList<Tensor?> parts, ModalitySet observed, ulong seed, int percent)
    {
        using var scope = NewDisposeScope();
        var factors = Factors(observed)[percent - 1];
        var (deviations, (_, isScore)) = (Deviations(parts, observed, seed), Places());
        return stack([deviations * isScore, where(isScore, factors * deviations, factors.expand_as(deviations))], 2).MoveToOuterDisposeScope();
    }

    /// <summary>By label, the output that its variance is of, and whether it is a score.</summary>
    public (Tensor Outputs, Tensor IsScore) Places() =>
        (tensor([.. _parts.Select(p => (long)p.Output)], device: Variances.device), tensor([.. _parts.Select(p => p.Target is not ClassTarget)], device: Variances.device));

    /// <summary>By label, what is open of it when nothing is missing.</summary>
    public Tensor Variances => get_buffer("variances")!;

    /// <summary>What a deviation is multiplied by, (level in hundredths less 1, label); infinite where too few errors are known.</summary>
    public Tensor Factors(ModalitySet observed)
    {
        using var scope = NewDisposeScope();
        var ofSize = get_buffer("factors")![_sets.Count + observed.Count - 1];
        var own = get_buffer("factors")![_sets.Index().Where(s => s.Item == observed).Select(s => s.Index).FirstOrDefault(_sets.Count + observed.Count - 1)];
        var tooFew = own.amax([0], keepdim: true) == float.MaxValue; // of the set's own
        var factors = where(tooFew, ofSize, own);
        return factors.masked_fill(factors == float.MaxValue, float.PositiveInfinity).t().MoveToOuterDisposeScope();
    }

    /// <summary>Of a score's error, (row, label): what the missing modalities leave open, and what is open when nothing is missing.</summary>
    private Tensor Deviations(IReadOnlyList<Tensor?> parts, ModalitySet observed, ulong seed)
    {
        using var scope = NewDisposeScope();
        var (of, isScore) = Places();
        var open = isScore.any().item<bool>() ? _model.Variance(parts, observed, seed).index_select(1, of) : zeros(parts[observed.Members.First()]!.shape[0], _parts.Count, device: of.device);
        return (open + get_buffer("variances")!).sqrt().MoveToOuterDisposeScope();
    }
}
