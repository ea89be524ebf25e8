namespace Amodal.Data;

/// <summary>Splits a data set anew for cross-validation: one fold is test, one is valid, the others are train.</summary>
public static class FoldSplitter
{
    /// <summary>Reads the folds of a table.</summary>
    /// <param name="path">A CSV file with a line of names.</param>
    /// <param name="idColumn">The column with ids; <c>video$_$clip</c> and <c>video_clip</c> are the same.</param>
    /// <param name="foldColumn">The column with fold numbers from 0; -1 or nothing leaves an utterance out.</param>
    /// <returns>The fold of each id that has one, ids in the form that <see cref="Fold"/> compares.</returns>
    /// <exception cref="InputException">The file or a column is not there, or a fold is no number.</exception>
    public static IReadOnlyDictionary<string, int> ReadFolds(string path, string idColumn = "id", string foldColumn = "fold")
    {
        var table = CsvTable.Read(path, [idColumn, foldColumn]);
        var folds = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var row = 0; row < table.Count; row++)
        {
            var text = table[foldColumn][row].Trim();
            var fold = -1;
            if (text.Length > 0 && (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out fold) || fold is < -1 or > 1000))
            {
                throw new InputException(path, $"line {table.Lines[row]}, column '{foldColumn}'", $"says '{text}'; a fold from 0 to 1000 is needed, or -1 to leave the utterance out. Is it the right column?");
            }

            if (fold >= 0 && !folds.TryAdd(KeyOf(table[idColumn][row]), fold))
            {
                throw new InputException(path, $"line {table.Lines[row]}", $"has the id '{table[idColumn][row]}' of another line. Give every utterance one line.");
            }
        }

        return folds;
    }

    /// <summary>Reads what each utterance was cut from, its video or dialogue, for <see cref="AssignFolds"/>.</summary>
    /// <param name="path">A CSV file with a line of names.</param>
    /// <param name="idColumn">The column with ids; <c>video$_$clip</c> and <c>video_clip</c> are the same.</param>
    /// <param name="groupColumn">The column with groups.</param>
    /// <returns>The group of each id, ids in the form that <see cref="AssignFolds"/> compares.</returns>
    /// <exception cref="InputException">The file or a column is not there, a group is blank, or an id comes twice.</exception>
    public static IReadOnlyDictionary<string, string> ReadGroups(string path, string idColumn, string groupColumn)
    {
        var table = CsvTable.Read(path, [idColumn, groupColumn]);
        var groups = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var row = 0; row < table.Count; row++)
        {
            if (string.IsNullOrWhiteSpace(table[groupColumn][row]))
            {
                throw new InputException(path, $"line {table.Lines[row]}, column '{groupColumn}'", "says nothing; a group is needed. Give every utterance one.");
            }

            if (!groups.TryAdd(KeyOf(table[idColumn][row]), table[groupColumn][row]))
            {
                throw new InputException(path, $"line {table.Lines[row]}", $"has the id '{table[idColumn][row]}' of another line. Give every utterance one line.");
            }
        }

        return groups;
    }

    /// <summary>
    /// Makes folds of about the same size that keep videos whole. Videos (what the data or a table says, else what ids
    /// tell) are shuffled, then go, largest first, to the fold with the fewest utterances.
    /// </summary>
    /// <param name="data">The data set; its splits are put together.</param>
    /// <param name="foldCount">Number of folds, at least 3: one to test, one to validate, the rest to train.</param>
    /// <param name="seed">Seed of the shuffle. The order of the utterances does not matter.</param>
    /// <param name="groupOfId">What each utterance was cut from, see <see cref="ReadGroups"/>; null takes what the data tell.</param>
    /// <exception cref="InputException">There are fewer videos than folds, or an id has no group.</exception>
    public static IReadOnlyDictionary<string, int> AssignFolds(DataSet data, int foldCount, ulong seed, IReadOnlyDictionary<string, string>? groupOfId = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfLessThan(foldCount, 3);
        var videoOf = groupOfId is null ? VideoGroups.Of(data) : id => groupOfId.TryGetValue(KeyOf(id), out var group) ? group
            : throw new InputException(data.Source, $"id '{id}'", "has no group in the table. Give every utterance one, or leave the table out.");
        var videos = Rows(data).Select(row => row.Split.Ids[row.Index]).Distinct(StringComparer.Ordinal)
            .GroupBy(videoOf).OrderBy(video => video.Key, StringComparer.Ordinal).Select(video => video.ToList()).ToArray();
        if (videos.Length < foldCount)
        {
            throw new InputException(data.Source, null, $"holds {videos.Length} videos, too few for {foldCount} folds that keep videos whole. Ask for fewer folds, or give a table of folds.");
        }

        new StableRandom(seed, StableRandom.KeyOf("folds")).Shuffle(videos.AsSpan());
        var sizes = new int[foldCount];
        var folds = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var video in videos.OrderByDescending(video => video.Count)) // a stable sort: equal sizes stay shuffled
        {
            var fold = Array.IndexOf(sizes, sizes.Min());
            sizes[fold] += video.Count;
            video.ForEach(id => folds[KeyOf(id)] = fold);
        }

        return folds;
    }

    /// <summary>The data set of one round: fold <paramref name="testFold"/> is test, fold <paramref name="validFold"/> valid, the others train.</summary>
    /// <param name="data">The data set; its splits are put together, in order, and every utterance goes to its fold's split.</param>
    /// <param name="foldOfId">The fold of each id; an id that is not there, or has a negative fold, is left out with a note.</param>
    /// <param name="testFold">0 to the number of folds less 1.</param>
    /// <param name="validFold">Likewise; by default the fold before, (test + n - 1) mod n.</param>
    /// <exception cref="InputException">A fold does not exist or holds no utterance, or an id comes in two splits.</exception>
    public static DataSet Fold(DataSet data, IReadOnlyDictionary<string, int> foldOfId, int testFold, int? validFold = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(foldOfId);
        var folds = Normalised(foldOfId);
        var count = folds.Values.DefaultIfEmpty(-1).Max() + 1;
        var valid = validFold ?? ((testFold + count - 1) % Math.Max(1, count));
        if (count < 3 || testFold < 0 || testFold >= count || valid < 0 || valid >= count || valid == testFold)
        {
            throw new InputException(data.Source, "folds", $"cannot be test fold {testFold} and valid fold {valid} of {count} folds; at least 3 folds are needed, numbered from 0, and two different ones.");
        }

        var rows = Rows(data).ToList();
        var parts = rows.GroupBy(row => SplitOf(folds.GetValueOrDefault(KeyOf(row.Split.Ids[row.Index]), -1), testFold, valid)).ToDictionary(part => part.Key, part => part.ToList());
        var unlabelled = parts.Where(p => p.Key is "valid" or "test").Sum(p => p.Value.RemoveAll(row => !row.Split.HasLabel(row.Index)));
        var splits = DataSet.SplitNames.Select(name => Join(data, name, parts.GetValueOrDefault(name) ?? throw new InputException(data.Source, "folds", $"leave split '{name}' empty. Do the ids of the folds fit those of the data?"))).ToList();
        var leftOut = parts.TryGetValue("", out var others) ? others.Count : 0;
        List<string> notes = [.. data.ReaderNotes, $"Split by folds: test is fold {testFold} of {count}, valid is fold {valid}; {leftOut} of {rows.Count} utterances have no fold and were left out."];
        if (unlabelled > 0)
        {
            notes.Add($"{unlabelled} utterances of valid and test have no label and were left out.");
        }

        return new DataSet(data.Source, data.Modalities, splits, DataDigest.Compute(data.Modalities, splits, data.Target), notes, data.Target);
    }

    private static string KeyOf(string id) => id.Replace("$_$", "_", StringComparison.Ordinal);

    private static Dictionary<string, int> Normalised(IReadOnlyDictionary<string, int> foldOfId)
    {
        var folds = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (id, fold) in foldOfId)
        {
            folds[KeyOf(id)] = fold;
        }

        return folds;
    }

    private static string SplitOf(int fold, int testFold, int validFold) =>
        fold < 0 ? "" : fold == testFold ? "test" : fold == validFold ? "valid" : "train";

    private static IEnumerable<(Split Split, int Index)> Rows(DataSet data) =>
        data.Splits.SelectMany(split => Enumerable.Range(0, split.Count).Select(row => (split, row)));

    private static Split Join(DataSet data, string name, List<(Split Split, int Index)> rows)
    {
        var ids = rows.Select(row => row.Split.Ids[row.Index]).ToList();
        var twice = ids.GroupBy(id => id).FirstOrDefault(same => same.Count() > 1);
        if (twice is not null)
        {
            throw new InputException(data.Source, $"id '{twice.Key}'", "occurs in two splits, so it cannot be put into one fold. Make ids unique.");
        }

        // Where only some splits give groups, an id stands for itself as it would without any.
        var videoOf = data.Splits.Any(split => split.Groups is not null) ? VideoGroups.Of(data) : null;
        return new Split(name, ids, [.. rows.SelectMany(row => row.Split.Label(row.Index))], [.. data.Modalities.Select((modality, index) => Join(modality, index, rows))],
            videoOf is null ? null : [.. ids.Select(videoOf)])
        {
            Transcripts = rows.All(row => row.Split.Transcripts is not null) ? [.. rows.Select(row => row.Split.Transcripts![row.Index])] : null,
            Speakers = rows.All(row => row.Split.Speakers is not null) ? [.. rows.Select(row => row.Split.Speakers![row.Index])] : null,
        };
    }

    private static FeatureArray Join(Modality modality, int index, List<(Split Split, int Index)> rows)
    {
        var values = new float[checked(rows.Count * modality.RowSize)];
        for (var i = 0; i < rows.Count; i++)
        {
            rows[i].Split.Features[index].Row(rows[i].Index).CopyTo(values.AsSpan(i * modality.RowSize));
        }

        // Where only some splits give lengths, a row without counts all its steps.
        var hasLengths = rows.Exists(row => row.Split.Features[index].Lengths is not null);
        return new FeatureArray(modality, values, hasLengths ? [.. rows.Select(row => row.Split.Features[index].Lengths?[row.Index] ?? modality.Length)] : null);
    }
}
