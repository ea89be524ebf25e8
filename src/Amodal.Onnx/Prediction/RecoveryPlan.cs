namespace Amodal.Prediction;

/// <summary>
/// Divides utterances of any observed sets into as few sampling runs as pays, the same for every engine. Since noise
/// belongs to utterances, how they are divided changes no result but by rounding.
/// </summary>
internal static class RecoveryPlan
{
    private const int FewRows = 2; // fewer are too few for a call of their own, by measurement: docs/guide/engines.md

    /// <summary>
    /// A set's rows go together, up to <paramref name="mostRows"/> at a time. What that leaves of several sets, a row
    /// each, goes together by target: conditions that some rows lack are then masked there.
    /// </summary>
    /// <param name="observed">The observed set of each utterance.</param>
    /// <param name="modalities">How many there are.</param>
    /// <param name="isJoint">Whether utterances that lack several modalities have them recovered together; sets are then not mixed.</param>
    /// <param name="mostRows">Rows of a part, at most.</param>
    /// <param name="mixes">Whether rows of different sets may go together.</param>
    /// <returns>Every utterance and each modality that it lacks, once.</returns>
    public static IReadOnlyList<RecoveryPart> Divide(
        IReadOnlyList<Observation> observed, int modalities, bool isJoint, int mostRows, bool mixes)
    {
        var all = ModalitySet.All(modalities);
        var pieces = Enumerable.Range(0, observed.Count)
            .GroupBy(row => observed[row])
            .OrderBy(set => set.Key.Modalities.Bits)
            .SelectMany(set => set.Chunk(mostRows).Select(rows => new Piece(set.Key, [.. all.Without(set.Key.Modalities).Members], rows)))
            .Where(p => p.Missing.Length > 0)
            .ToLookup(p => isJoint && p.Missing.Length > 1);
        var together = pieces[true].Select(p => Part(p.Missing, [p]));
        return [.. together, .. Enumerable.Range(0, modalities).SelectMany(m => Separate(m, [.. pieces[false].Where(p => p.Missing.Contains(m))], mostRows, mixes ? FewRows : 0))];
    }

    private static IEnumerable<RecoveryPart> Separate(int target, IReadOnlyList<Piece> pieces, int mostRows, int fewRows)
    {
        foreach (var piece in pieces.Where(p => p.Rows.Length >= fewRows))
        {
            yield return Part([target], [piece]);
        }

        var mixed = new List<Piece>();
        foreach (var piece in pieces.Where(p => p.Rows.Length < fewRows))
        {
            if (mixed.Sum(p => p.Rows.Length) + piece.Rows.Length > mostRows)
            {
                yield return Part([target], mixed);
                mixed = [];
            }

            mixed.Add(piece);
        }

        if (mixed.Count > 0)
        {
            yield return Part([target], mixed);
        }
    }

    private static RecoveryPart Part(int[] targets, IReadOnlyList<Piece> pieces) => new(
        targets, [.. pieces.SelectMany(p => p.Rows)], [.. pieces.SelectMany(p => Enumerable.Repeat(p.Observed, p.Rows.Length))]);

    private sealed record Piece(Observation Observed, int[] Missing, int[] Rows);
}
