namespace Amodal.Data;

/// <summary>Checks what a reader found, says what is wrong in the file's own terms, and makes the data set.</summary>
/// <param name="needsLabels">Whether it is to be learnt from; a model that is put to use needs no labels, and one modality and one split are enough.</param>
/// <param name="split">The only split to read, where it is for a model's use; null takes the one there is, or test.</param>
/// <param name="everySplit">Whether all splits are read where labels are not needed.</param>
/// <param name="asked">What the labels are to be, where that is said; null takes what the file says, a score where it has one.</param>
internal sealed class DataSetBuilder(string source, bool needsLabels = true, string? split = null, TargetSpec? asked = null, bool everySplit = false)
{
    /// <summary>As many modalities as a <c>ModalitySet</c> can hold.</summary>
    private const int MaxModalities = 32;
    private const int MaxNameLength = 200;

    private readonly List<RawSplit> _splits = [];
    private readonly List<string> _notes = [];

    public bool NeedsLabels => needsLabels;

    /// <summary>Whether labels are to be classes, whatever else the file has; null where nothing was said.</summary>
    public bool? WantsClasses => asked is null ? null : asked.Kind == "classes";

    /// <summary>What the labels are.</summary>
    public Target Target { get; set; } = Target.Score;

    /// <summary>Which splits of a file are read.</summary>
    public IReadOnlyList<string> Wanted(IReadOnlyList<string> present) => needsLabels || everySplit ? present
        : present.Contains(split ?? "test") ? [split ?? "test"]
        : split is null && present.Count <= 1 ? present
        : throw new InputException(source, split is null ? null : $"split '{split}'", split is null
            ? $"holds the splits {string.Join(", ", present)}; say which to use."
            : $"is not there; the file holds {(present.Count == 0 ? "no splits: ask for none" : string.Join(", ", present))}.");

    /// <summary>Labels where a file has none: one NaN per row.</summary>
    public static float[] NoLabels(IReadOnlyList<RawFeatures> features) => FeatureFit.Missing(features.Count == 0 ? 0 : features[0].Shape[0]);

    public void Note(string sentence) => _notes.Add(sentence);

    public void Add(RawSplit split)
    {
        foreach (var features in split.Features.Where(features => TokenIds(features.Name) is not null))
        {
            Note($"{features.Place} is no modality and was left out: {TokenIds(features.Name)}.");
        }

        _splits.Add(split with { Features = [.. split.Features.Where(features => TokenIds(features.Name) is null)] });
    }

    /// <summary>Why an array of this name is no modality, whatever it looks like; null if it may be one.</summary>
    // MMSA keeps token ids, mask and segment there, as floats: numbers of words, not features.
    public static string? TokenIds(string name) => !name.Equals("text_bert", StringComparison.OrdinalIgnoreCase) ? null
        : "it holds token ids for a language model, not features; run the model on them and store what comes out as 'text'";

    /// <summary>The data set, splits in the order train, valid, test.</summary>
    public DataSet Build()
    {
        var ordered = DataSet.SplitNames.SelectMany(name => _splits.Where(split => split.Name == name)).ToList();
        if (ordered.Count == 0)
        {
            throw new InputException(source, null, needsLabels
                ? "holds none of the splits train, valid and test. Name them so."
                : "holds no features: a float array per modality, of two or three dimensions and with one row per utterance, is needed.");
        }

        foreach (var absent in DataSet.SplitNames.Where(name => needsLabels && ordered.All(split => split.Name != name)))
        {
            Note($"There is no split '{absent}'.");
        }

        if (ordered.Exists(split => split.Classes is not null))
        {
            var classes = ClassLabels.Number(source, ordered, asked?.Classes, isStrict: needsLabels);
            (Target, ordered) = (classes.Target, [.. classes.Splits]);
        }

        if (needsLabels && asked is not null && asked.Kind != Target.Spec.Kind)
        {
            throw new InputException(source, "labels", $"are {Target.Text}; asked for {(asked.Kind == "score" ? "is a score" : "are classes")}. Give data with such labels, or ask for these.");
        }

        ordered.ForEach(CheckRows);
        var modalities = ordered[0].Features.Select(features => ModalityOf(features)).ToList();
        CheckModalities(ordered[0].Name, modalities);
        var splits = ordered.Select(split => MakeSplit(split, modalities, ordered[0].Name)).ToList();
        CheckSharedUtterances(ordered, splits);
        return new DataSet(source, modalities, splits, needsLabels ? DataDigest.Compute(modalities, splits, Target) : "", [.. _notes], Target);
    }

    private void CheckRows(RawSplit split)
    {
        if (split.Rows == 0)
        {
            throw new InputException(source, $"split '{split.Name}'", "is empty. Every split needs at least one utterance: leave it out, or export it again.");
        }

        foreach (var features in split.Features.Where(features => features.Shape[0] != split.Rows))
        {
            throw new InputException(source, features.Place, $"has {features.Shape[0]} rows, but there are {split.Rows} {(needsLabels ? "labels" : "utterances")}; every array needs one row per utterance. Export the file again.");
        }

        if (!needsLabels)
        {
            return;
        }

        // Training can do with rows that have no label; where results are measured each needs one.
        bool MayLack(int row) => split.Name == "train" && !split.Labels.AsSpan(row * split.LabelWidth, split.LabelWidth).ContainsAnyExcept(float.NaN);
        List<(int Row, string Fault)> faults = [.. Enumerable.Range(0, split.Rows).Where(row => !MayLack(row)).Select(row =>
            (row, Target.FaultOf(split.Labels.AsSpan(row * split.LabelWidth, split.LabelWidth)) ?? "")).Where(f => f.Item2.Length > 0)];
        if (Enumerable.Range(0, split.Rows).All(MayLack))
        {
            throw new InputException(source, $"split '{split.Name}'", "has no label in any row, so that nothing can be learnt from it. Give some utterances a label.");
        }

        if (faults.Count > 0)
        {
            throw new InputException(source, $"split '{split.Name}', {split.RowName(faults[0].Row)}", $"has {faults[0].Fault}{AsHave(faults.Count - 1, split.Rows)}. Give the utterance a label, or leave it out.");
        }
    }

    private static string AsHave(int others, int rows) => others == 0 ? "" : $"; {others} others of {rows} have none either";

    private void CheckModalities(string split, List<Modality> modalities)
    {
        var least = needsLabels ? 2 : 1;
        if (modalities.Count < least || modalities.Count > MaxModalities)
        {
            throw new InputException(source, $"split '{split}'",
                $"holds {modalities.Count} modalities ({string.Join(", ", modalities.Take(40).Select(m => m.Name))}); between {least} and {MaxModalities} are needed. A modality is a float array with one row per utterance and two or three dimensions."
                + string.Concat(_notes.Where(note => note.Contains("was left out", StringComparison.Ordinal)).Take(5).Select(note => " " + note)));
        }

        foreach (var name in modalities.Select(modality => modality.Name))
        {
            if (string.IsNullOrWhiteSpace(name) || name.Length > MaxNameLength || name.Any(char.IsControl))
            {
                throw new InputException(source, $"split '{split}'", $"has a modality whose name is blank, longer than {MaxNameLength} characters or holds control characters. Rename it.");
            }

            if (modalities.Count(modality => modality.Name == name) > 1)
            {
                throw new InputException(source, $"split '{split}'", $"has two modalities named '{name}'. Rename one.");
            }
        }
    }

    private Modality ModalityOf(RawFeatures features) => features.Shape switch
    {
        [_, > 0 and var width] => new Modality(features.Name, 1, width),
        [_, > 0 and var length, > 0 and var width] when (long)length * width <= Array.MaxLength => new Modality(features.Name, length, width),
        _ => throw new InputException(source, features.Place, $"has the shape ({string.Join(", ", features.Shape)}); (rows, width) or (rows, time, width) is needed, with at least one step and one feature."),
    };

    private Split MakeSplit(RawSplit split, List<Modality> modalities, string first)
    {
        foreach (var extra in split.Features.Where(features => modalities.All(modality => modality.Name != features.Name)))
        {
            throw new InputException(source, extra.Place, $"is not in split '{first}'. Every split needs the same modalities: export the file again.");
        }

        var features = modalities.Select(modality => MakeFeatures(split, modality, first)).ToList();
        if (Target is not SeveralTarget) // whose digests are older than this
        {
            MarkUnknown(split.Labels);
        }

        return new Split(split.Name, Ids(split), split.Labels, features, split.Groups)
        {
            Transcripts = split.Transcripts?.Length == split.Rows ? split.Transcripts : null, // they are shown, and decide nothing
            Speakers = split.Speakers,
        };
    }

    private FeatureArray MakeFeatures(RawSplit split, Modality modality, string first)
    {
        var raw = split.Features.FirstOrDefault(features => features.Name == modality.Name)
            ?? throw new InputException(source, $"split '{split.Name}'", $"has no modality '{modality.Name}', but split '{first}' has. Every split needs the same modalities: export the file again.");
        if (ModalityOf(raw) != modality)
        {
            throw new InputException(source, raw.Place, $"has the shape ({string.Join(", ", raw.Shape)}), but in split '{first}' a row of '{modality.Name}' has {modality.Length} steps of {modality.Width} features. Export all splits alike.");
        }

        MarkUnknown(raw.Values);
        return new FeatureArray(modality, raw.Values, Lengths(split, raw, modality));
    }

    private int[]? Lengths(RawSplit split, RawFeatures raw, Modality modality)
    {
        if (raw.Lengths is null)
        {
            return null;
        }

        if (raw.Shape.Count == 2)
        {
            Note($"The lengths of '{raw.Name}' in split '{split.Name}' are left out: the array has no time axis.");
            return null;
        }

        if (raw.Lengths.Length != split.Rows)
        {
            throw new InputException(source, $"lengths of {raw.Place}", $"are {raw.Lengths.Length}, but there are {split.Rows} labels; one per utterance is needed. Export the file again.");
        }

        var bad = Array.FindIndex(raw.Lengths, length => !double.IsInteger(length) || length < 0 || length > modality.Length);
        return bad < 0
            ? [.. raw.Lengths.Select(length => (int)length)]
            : throw new InputException(source, $"lengths of {raw.Place}, {split.RowName(bad)}", FormattableString.Invariant($"is {raw.Lengths[bad]}; a whole number from 0 to {modality.Length} is needed. Export the file again."));
    }

    // One NaN for all that is not finite, so that the same content has the same digest.
    private static void MarkUnknown(float[] values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = float.IsFinite(values[i]) ? values[i] : float.NaN;
        }
    }

    /// <summary>Refuses an utterance that is in two splits. Ids that come again with other features name no utterances (they are counted anew in every split): that is a warning.</summary>
    private void CheckSharedUtterances(List<RawSplit> raw, List<Split> splits)
    {
        var seen = new Dictionary<string, (int Split, int Row)>(StringComparer.Ordinal);
        foreach (var (s, split) in splits.Index())
        {
            foreach (var (row, id) in split.Ids.Index())
            {
                if (!seen.TryAdd(id, (s, row)) && seen[id] is var first && IsSame(splits[first.Split], first.Row, split, row))
                {
                    throw new InputException(source, $"split '{split.Name}', {raw[s].RowName(row)}",
                        $"is the utterance '{id}' of split '{splits[first.Split].Name}', {raw[first.Split].RowName(first.Row)}, with the same features and label: results on it would be too good. Keep every utterance in one split.");
                }
            }
        }
    }

    private static bool IsSame(Split a, int rowOfA, Split b, int rowOfB) => a.Label(rowOfA).SequenceEqual(b.Label(rowOfB))
        && a.Features.Zip(b.Features).All(pair => pair.First.Row(rowOfA).SequenceEqual(pair.Second.Row(rowOfB)));

    private string[] Ids(RawSplit split)
    {
        if (split.Ids is null)
        {
            var name = everySplit ? $"also_{split.Name}" : split.Name; // beside a file whose utterances may be called so
            Note($"Split '{split.Name}' has no ids; its utterances are called {name}_0, {name}_1 and so on.");
            return [.. Enumerable.Range(0, split.Rows).Select(row => $"{name}_{row}")];
        }

        if (split.Ids.Length != split.Rows)
        {
            throw new InputException(source, $"ids of split '{split.Name}'", $"are {split.Ids.Length}, but there are {split.Rows} labels; one per utterance is needed. Export the file again.");
        }

        var rows = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var row = 0; row < split.Ids.Length; row++)
        {
            if (!rows.TryAdd(split.Ids[row], row))
            {
                throw new InputException(source, $"split '{split.Name}', {split.RowName(row)}", $"has the id '{split.Ids[row]}' of {split.RowName(rows[split.Ids[row]])}. Ids name utterances, in masks and predictions too: make them unique, or leave them out of the file.");
            }
        }

        return split.Ids;
    }
}
