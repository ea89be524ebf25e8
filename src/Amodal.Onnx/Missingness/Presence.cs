namespace Amodal.Missingness;

/// <summary>Which modalities the rows of a split hold: a mask may call observed what the file has no number for.</summary>
public static class Presence
{
    /// <summary>The modalities that hold a number, or zeros, by row: those whose features there are not all NaN.</summary>
    /// <param name="split">The rows.</param>
    public static IReadOnlyList<ModalitySet> Of(Split split)
    {
        ArgumentNullException.ThrowIfNull(split);
        var present = new ModalitySet[split.Count];
        Array.Fill(present, ModalitySet.All(split.Features.Count));
        foreach (var (m, features) in split.Features.Index().Where(f => f.Item.NonFiniteReplaced > 0))
        {
            for (var row = 0; row < split.Count; row++)
            {
                present[row] = features.ContentOf(row) == RowContent.Nothing ? present[row].Without(ModalitySet.Of(m)) : present[row];
            }
        }

        return present;
    }

    /// <summary>The modalities of each row, or null where none lacks any.</summary>
    /// <param name="splits">The rows, of one or more splits.</param>
    internal static IReadOnlyList<ModalitySet>? OfAll(IEnumerable<Split> splits)
    {
        var present = splits.SelectMany(split => Of(split).Select(held => (Held: held, All: ModalitySet.All(split.Features.Count)))).ToList();
        return present.TrueForAll(row => row.Held == row.All) ? null : [.. present.Select(row => row.Held)];
    }

    /// <summary>Takes what is missing in the rows out of their observed sets.</summary>
    /// <param name="split">The rows.</param>
    /// <param name="observed">What is asked to be observed of each.</param>
    /// <exception cref="InputException">Nothing would be left of a row.</exception>
    public static IReadOnlyList<Observation> Restrict(Split split, IReadOnlyList<Observation> observed)
    {
        ArgumentNullException.ThrowIfNull(split);
        ArgumentNullException.ThrowIfNull(observed);
        var present = Of(split);
        return [.. observed.Select((set, row) => set.And(present[row]) is { IsEmpty: false } left ? left : throw new InputException(
            $"id '{split.Ids[row]}'", null, $"has no number in {set.Describe([.. split.Features.Select(f => f.Modality.Name)])}, and the rest is missing: nothing can be predicted from nothing. Leave the utterance out of the data, or call less of it missing."))];
    }
}
