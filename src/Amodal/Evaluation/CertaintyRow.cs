namespace Amodal.Evaluation;

/// <summary>How good a method's intervals are for one observed set, over the utterances that hold all of it.</summary>
/// <param name="Method">The method.</param>
/// <param name="Observed">The observed set.</param>
/// <param name="Label">Which of several labels; null where there is one.</param>
/// <param name="Count">Utterances behind it.</param>
/// <param name="Level">How often labels were to lie within.</param>
/// <param name="Coverage">How often they do.</param>
/// <param name="Width">Mean width of the intervals; of classes how many are left on average.</param>
/// <param name="NegativeLogLikelihood">Of a score, of the Gaussian with the prediction as mean and its deviation, per utterance.</param>
/// <param name="MostCertainError">Mean absolute error of the 80 % with the least deviation; null of classes.</param>
/// <param name="Deviation">Mean deviation of the error; null of classes.</param>
public sealed record CertaintyRow(
    string Method, string Observed, string? Label, int Count, double Level, double Coverage, double Width, double? NegativeLogLikelihood, double? MostCertainError, double? Deviation)
{
    private const double MostCertain = 0.8;

    /// <summary>By modality that is missing here: by how much its deviation would fall on average if it were observed, too, as a share.</summary>
    public IReadOnlyDictionary<string, double> Tells { get; init; } = new Dictionary<string, double>();

    /// <summary>A row per label.</summary>
    /// <param name="labels">By utterance.</param>
    internal static IEnumerable<CertaintyRow> Of(string method, string observed, Target target, float[] labels, float[] predictions, Certainty certainty, int percent)
    {
        var places = target is SeveralTarget several ? several.Places().Select(p => (Name: (string?)p.Name, p.Target, p.Label, p.Output)) : [(null, target, 0, 0)];
        foreach (var (name, of, label, output) in places)
        {
            List<int> rows = [.. Enumerable.Range(0, labels.Length / target.Labels).Where(row => float.IsFinite(labels[(row * target.Labels) + label]))];
            if (rows.Count == 0)
            {
                continue;
            }

            var errors = rows.Select(row =>
            {
                var (y, at) = (labels[(row * target.Labels) + label], (row * target.Labels) + label);
                var (margin, deviation) = ((double)certainty.Margins[at], (double)certainty.Deviations[at]);
                var own = predictions.AsSpan((row * target.Width) + output, of.Width).ToArray();
                return of is ClassTarget
                    ? (IsWithin: own[(int)y] >= 1 - margin, Width: own.Count(p => p >= 1 - margin), Error: 0, Deviation: 0)
                    : (IsWithin: Math.Abs(y - own[0]) <= margin, Width: 2 * margin, Error: Math.Abs(y - own[0]), Deviation: deviation);
            }).ToList();
            yield return new CertaintyRow(method, observed, name, rows.Count, percent / 100.0, errors.Average(e => e.IsWithin ? 1.0 : 0), errors.Average(e => e.Width),
                of is ClassTarget ? null : errors.Average(e => Math.Log(e.Deviation) + (e.Error * e.Error / (2 * e.Deviation * e.Deviation)) + (Math.Log(2 * Math.PI) / 2)),
                of is ClassTarget ? null : errors.OrderBy(e => e.Deviation).Take((int)Math.Ceiling(MostCertain * errors.Count)).Average(e => e.Error),
                of is ClassTarget ? null : errors.Average(e => e.Deviation));
        }
    }

    /// <summary>The mean over several trainings, a list each, what the missing modalities would tell, and the average of the incomplete sets.</summary>
    internal static IReadOnlyList<CertaintyRow> Pool(IReadOnlyList<IReadOnlyList<CertaintyRow>> trainings, IReadOnlyList<string> modalities)
    {
        List<CertaintyRow> rows = [.. trainings[0].Select((row, i) => Mean(row, [.. trainings.Select(t => t[i])]))];
        var sets = Patterns.All(modalities.Count).ToDictionary(set => set.Describe(modalities));
        var told = rows.Select(row => row with
        {
            Tells = ModalitySet.All(modalities.Count).Without(sets[row.Observed]).Members
                .Select(m => (Name: modalities[m], With: rows.FirstOrDefault(r => r.Label == row.Label && sets[r.Observed] == new ModalitySet(sets[row.Observed].Bits | ModalitySet.Of(m).Bits))?.Deviation))
                .Where(m => m.With is not null && row.Deviation > 0).ToDictionary(m => m.Name, m => 1 - (m.With!.Value / row.Deviation!.Value)),
        });
        var incomplete = rows.Where(row => sets[row.Observed].Count < modalities.Count).GroupBy(row => row.Label);
        return [.. told, .. incomplete.Select(of => Mean(of.First() with { Observed = ProtocolEvaluator.AverageIncomplete, Count = of.Sum(r => r.Count) }, [.. of]))];
    }

    private static CertaintyRow Mean(CertaintyRow row, IReadOnlyList<CertaintyRow> over) => row with
    {
        Coverage = over.Average(r => r.Coverage),
        Width = over.Average(r => r.Width),
        NegativeLogLikelihood = over.Average(r => r.NegativeLogLikelihood),
        MostCertainError = over.Average(r => r.MostCertainError),
        Deviation = over.Average(r => r.Deviation),
    };
}
