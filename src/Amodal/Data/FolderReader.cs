namespace Amodal.Data;

/// <summary>
/// Reads a folder: a CSV table with id, split and label of each utterance (a score, or the name of a class), and .npy or .npy.gz files, one per modality,
/// whose row i is line i of the table. <c>lengths.npy</c> (or <c>FILE_lengths.npy</c> for one file) may hold the valid
/// steps of the arrays of three dimensions.
/// </summary>
public static class FolderReader
{
    private const string SharedLengths = "lengths";
    private const string OwnLengths = "_lengths";

    /// <summary>Reads a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="options">Names of files and columns; the defaults if null.</param>
    /// <param name="limits">What a file may cost; the defaults if null.</param>
    /// <exception cref="InputException">A file or column is not there, or its content is not sound.</exception>
    public static DataSet Read(string path, FolderOptions? options = null, ReadLimits? limits = null) => Read(path, options, limits, new DataSetBuilder(path));

    internal static DataSet Read(string path, FolderOptions? options, ReadLimits? limits, DataSetBuilder builder)
    {
        options ??= new FolderOptions();
        limits ??= new ReadLimits();
        var groupColumn = options.GroupColumn ?? "video";
        string[] forTraining = [options.SplitColumn, options.LabelColumn];
        string[] wanted = [options.IdColumn, .. builder.NeedsLabels ? forTraining : [], .. options.GroupColumn is null ? Array.Empty<string>() : [groupColumn]];
        var table = CsvTable.Read(Path.Combine(path, options.Table), wanted, [groupColumn, .. forTraining]);
        var groups = table.Has(groupColumn) ? table[groupColumn] : null;
        var rowsOf = RowsOfSplits(table, options, builder);
        if (builder.NeedsLabels && rowsOf["valid"].Count == 0 && options.ValidShare > 0)
        {
            // A table without the column is refused below, in the column's terms.
            DrawValid(rowsOf, row => !table.Has(options.LabelColumn) || !IsUnlabelled(table[options.LabelColumn][row]), groups ?? [.. table[options.IdColumn].Select(VideoGroups.Of(table[options.IdColumn]))], options, builder);
        }

        var arrays = Arrays(path, table.Count, options, limits, builder);
        var chosen = builder.Wanted([.. rowsOf.Where(entry => entry.Value.Count > 0).Select(entry => entry.Key)]);
        List<int> all = [.. chosen.SelectMany(split => rowsOf[split])];
        var areClasses = table.Has(options.LabelColumn) && (builder.WantsClasses ?? (all.Exists(row => !string.IsNullOrWhiteSpace(table[options.LabelColumn][row])) && all.TrueForAll(row => !IsNumber(table[options.LabelColumn][row]))));
        var labels = areClasses ? [] : Labels(table, options.LabelColumn, all, builder.NeedsLabels ? [.. rowsOf["train"]] : null);
        foreach (var (split, rows) in chosen.Select(split => (split, rowsOf[split])))
        {
            builder.Add(new RawSplit(split, [.. rows.Select(row => table[options.IdColumn][row])], [.. rows.Select(row => labels.GetValueOrDefault(row))],
                [.. arrays.Select(array => Rows(array, rows))], row => $"line {table.Lines[rows[row]]} of {options.Table}",
                groups is null ? null : [.. rows.Select(row => groups[row])])
            {
                Classes = areClasses ? [.. rows.Select(row => new ClassLabel(table[options.LabelColumn][row].Trim()))] : null,
            });
        }

        return builder.Build();
    }

    private static Dictionary<string, List<int>> RowsOfSplits(CsvTable table, FolderOptions options, DataSetBuilder builder)
    {
        var rowsOf = DataSet.SplitNames.ToDictionary(name => name, _ => new List<int>());
        var leftOut = 0;
        if (!table.Has(options.SplitColumn))
        {
            rowsOf["test"] = [.. Enumerable.Range(0, table.Count)];
            return rowsOf;
        }

        for (var row = 0; row < table.Count; row++)
        {
            var split = table[options.SplitColumn][row].Trim().ToLowerInvariant() switch { "val" or "dev" or "validation" => "valid", var name => name };
            if (split.Length == 0)
            {
                leftOut++;
            }
            else if (rowsOf.TryGetValue(split, out var rows))
            {
                rows.Add(row);
            }
            else
            {
                throw new InputException(table.Path, $"line {table.Lines[row]}, column '{options.SplitColumn}'", $"says '{split}'; train, valid or test is needed, or nothing to leave the utterance out. Is it the right column? Else name another.") { Remedies = ["split column"] };
            }
        }

        if (leftOut > 0)
        {
            builder.Note($"{leftOut} of {table.Count} utterances have nothing in column '{options.SplitColumn}' and were left out.");
        }

        return rowsOf;
    }

    private static void DrawValid(Dictionary<string, List<int>> rowsOf, Func<int, bool> isLabelled, IReadOnlyList<string> groupOf, FolderOptions options, DataSetBuilder builder)
    {
        var train = rowsOf["train"];
        var wanted = (int)Math.Round(options.ValidShare * train.Count);
        // In order of their names, so that the draw does not depend on the order of the lines.
        var groups = train.GroupBy(row => groupOf[row]).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => group.ToList()).Where(group => group.TrueForAll(row => isLabelled(row))).ToArray();
        new StableRandom(options.ValidSeed, StableRandom.KeyOf("valid share")).Shuffle(groups.AsSpan());
        var valid = new HashSet<int>();
        foreach (var group in groups.TakeWhile(_ => valid.Count < wanted))
        {
            valid.UnionWith(valid.Count + group.Count < train.Count ? group : []);
        }

        if (valid.Count > 0)
        {
            rowsOf["valid"] = [.. train.Where(valid.Contains)];
            rowsOf["train"] = [.. train.Where(row => !valid.Contains(row))];
            builder.Note(FormattableString.Invariant($"The table has no valid utterances: {valid.Count} of {train.Count} train utterances were drawn for it, whole videos where they are known (share {options.ValidShare}, seed {options.ValidSeed})."));
        }
    }

    private static bool IsNumber(string text) => float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static bool IsUnlabelled(string text) => string.IsNullOrWhiteSpace(text) || text.Trim().Equals("nan", StringComparison.OrdinalIgnoreCase);

    /// <param name="unneeded">The rows that can do without; null where all can.</param>
    private static Dictionary<int, float> Labels(CsvTable table, string column, List<int> rows, HashSet<int>? unneeded)
    {
        if (unneeded is null)
        {
            return rows.ToDictionary(row => row, row =>
                table.Has(column) && float.TryParse(table[column][row], NumberStyles.Float, CultureInfo.InvariantCulture, out var known) ? known : float.NaN);
        }

        var labels = new Dictionary<int, float>();
        foreach (var row in rows)
        {
            var text = table[column][row];
            labels[row] = float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var label) && float.IsFinite(label)
                ? label
                : unneeded.Contains(row) && IsUnlabelled(text) ? float.NaN
                : throw new InputException(table.Path, $"line {table.Lines[row]}, column '{column}'", $"says '{text}'; a number is needed as label. Give one, or empty the split of this line to leave it out.");
        }

        return labels;
    }

    private static RawFeatures Rows(RawFeatures all, List<int> rows)
    {
        var size = all.Shape.Skip(1).Aggregate(1, (product, dimension) => product * dimension);
        var values = new float[checked(rows.Count * size)];
        for (var i = 0; i < rows.Count; i++)
        {
            all.Values.AsSpan(rows[i] * size, size).CopyTo(values.AsSpan(i * size));
        }

        return all with { Shape = [rows.Count, .. all.Shape.Skip(1)], Values = values, Lengths = all.Lengths is null ? null : [.. rows.Select(row => all.Lengths[row])] };
    }

    private static List<RawFeatures> Arrays(string path, int rows, FolderOptions options, ReadLimits limits, DataSetBuilder builder)
    {
        var files = options.Modalities.Count > 0 ? options.Modalities : Find(path, rows, limits, builder);
        return [.. files.Select(file => ReadArray(path, file, rows, limits, builder))];
    }

    private static RawFeatures ReadArray(string folder, ModalityFile file, int rows, ReadLimits limits, DataSetBuilder builder)
    {
        var array = NpyFile.Read(Path.Combine(folder, file.File), limits);
        if (array is not { IsFloat: true, Shape.Count: 2 or 3 })
        {
            throw new InputException(Path.Combine(folder, file.File), null, $"is {array.Description}; a float array (rows, width) or (rows, time, width) is needed.");
        }

        if (array.Shape[0] != rows)
        {
            throw new InputException(Path.Combine(folder, file.File), null, $"has {array.Shape[0]} rows, but the table has {rows} lines; every array needs one row per utterance. Export it again.");
        }

        return new RawFeatures(file.Name, $"file '{file.File}'", array.Shape, array.ToFloats(), array.Shape.Count == 3 ? Lengths(folder, file, rows, limits, builder) : null);
    }

    private static double[]? Lengths(string folder, ModalityFile file, int rows, ReadLimits limits, DataSetBuilder builder)
    {
        var name = new[] { BaseName(file.File) + OwnLengths + ".npy", SharedLengths + ".npy" }.FirstOrDefault(name => File.Exists(Path.Combine(folder, name)));
        if (name is null)
        {
            return null;
        }

        var lengths = NpyFile.Read(Path.Combine(folder, name), limits);
        if (lengths is { IsNumber: true, Shape: [var count] } && count == rows)
        {
            return lengths.ToDoubles();
        }

        builder.Note($"'{name}' is {lengths.Description}, not one number per line, and was left out.");
        return null;
    }

    private static List<ModalityFile> Find(string folder, int rows, ReadLimits limits, DataSetBuilder builder)
    {
        var found = new List<ModalityFile>();
        foreach (var file in NpyFiles(folder))
        {
            var name = BaseName(file);
            if (name is "labels" or "label" or SharedLengths || name.EndsWith(OwnLengths, StringComparison.Ordinal))
            {
                continue;
            }

            if (DataSetBuilder.TokenIds(name) is { } tokens)
            {
                builder.Note($"'{file}' is no modality and was left out: {tokens}.");
                continue;
            }

            var header = NpyFile.ReadHeader(Path.Combine(folder, file), limits);
            var isModality = header is { Type.Kind: NumPyKind.Float, Shape.Count: 2 or 3 } && header.Shape[0] == rows;
            if (!isModality)
            {
                builder.Note($"'{file}' is {header.Type} ({string.Join(", ", header.Shape)}), not a float array of two or three dimensions with {rows} rows, and was left out.");
            }
            else if (found.Exists(other => other.Name == name))
            {
                builder.Note($"'{file}' was left out for '{found.Find(other => other.Name == name)!.File}'.");
            }
            else
            {
                found.Add(new ModalityFile(name, file));
            }
        }

        return found;
    }

    private static IEnumerable<string> NpyFiles(string folder)
    {
        try
        {
            return [.. Directory.GetFiles(folder).Select(file => Path.GetFileName(file)).Where(file => BaseName(file) != file).Order(StringComparer.Ordinal)];
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new InputException(folder, null, $"cannot be listed: {problem.Message}", problem);
        }
    }

    /// <summary>The name without .npy or .npy.gz; unchanged if it has neither.</summary>
    private static string BaseName(string file)
    {
        var plain = file.EndsWith(".gz", StringComparison.Ordinal) ? file[..^3] : file;
        return plain.EndsWith(".npy", StringComparison.Ordinal) ? plain[..^4] : file;
    }
}
