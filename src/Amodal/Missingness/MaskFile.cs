using CsvHelper;

namespace Amodal.Missingness;

/// <summary>
/// Masks as a CSV file that other programs can read and write: a header "id" and the modalities' names, then a row per
/// utterance with its id and, for every modality, 1 if it is observed, 0 if it is missing, and where only some of its steps are
/// observed these, as ranges from the first step, 0, to the one behind the last: "0:30 45:50". UTF-8, RFC 4180; ids and names as
/// <see cref="CsvCell"/> writes them, and read as they are, too.
/// </summary>
public static class MaskFile
{
    private static readonly CsvWriterOptions WriterOptions = new() { NewLine = "\n" };

    private static readonly CsvReaderOptions ReaderOptions = new()
    {
        Separator = ',',
        HasHeader = false, // the header is checked here
        MalformedData = CsvMalformedDataHandling.Throw,
        TrackLineNumbers = true,
        MaxRecordSize = 1 << 20,
    };

    /// <summary>Writes a mask file, whole or not at all.</summary>
    /// <param name="path">The file; replaced if it is there.</param>
    /// <param name="ids">The utterances' ids.</param>
    /// <param name="names">The modalities' names, in the data set's order.</param>
    /// <param name="observed">What is observed of each utterance.</param>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<string> ids, IReadOnlyList<string> names, IReadOnlyList<Observation> observed) =>
        AtomicFile.Write(path, stream => Write(stream, ids, names, observed));

    /// <summary>Writes masks to a stream.</summary>
    /// <param name="stream">Takes the bytes; left open.</param>
    /// <param name="ids">The utterances' ids.</param>
    /// <param name="names">The modalities' names, in the data set's order.</param>
    /// <param name="observed">What is observed of each utterance.</param>
    public static void Write(Stream stream, IReadOnlyList<string> ids, IReadOnlyList<string> names, IReadOnlyList<Observation> observed)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(observed);
        if (ids.Count != observed.Count)
        {
            throw new ArgumentException($"{observed.Count} observations for {ids.Count} ids", nameof(observed));
        }

        using var csv = CsvWriter.Create(stream, WriterOptions, leaveOpen: true);
        csv.WriteRecord((string[])["id", .. names.Select(CsvCell.Of)]);
        for (var row = 0; row < ids.Count; row++)
        {
            csv.WriteRecord((string[])[CsvCell.Of(ids[row]), .. names.Select((_, m) => Cell(observed[row], m))]);
        }
    }

    /// <summary>Reads the masks of a data set's utterances.</summary>
    /// <param name="path">The file; its rows and modality columns may be in any order.</param>
    /// <param name="ids">The utterances' ids: each must have exactly one row, and no other id may.</param>
    /// <param name="modalities">The modalities: the name of each must have exactly one column, and no other name may.</param>
    /// <returns>What is observed of each utterance, in the order of the ids.</returns>
    /// <exception cref="InputException">The file cannot be read, or says something else than masks for these utterances.</exception>
    public static Observation[] Read(string path, IReadOnlyList<string> ids, IReadOnlyList<Modality> modalities)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(modalities);
        try
        {
            using var file = InputFile.Open(path);
            using var csv = CsvReader.Create(file, ReaderOptions, leaveOpen: true);
            var columns = ReadHeader(path, csv, [.. modalities.Select(m => m.Name)]);
            return ReadRows(path, csv, columns, ids, modalities);
        }
        catch (IOException e)
        {
            throw new InputException(path, null, $"cannot be read: {e.Message}", e);
        }
        catch (CsvFormatException e)
        {
            throw new InputException(path, $"line {e.LineNumber}", $"is not CSV: {e.Message} See what `amodal data masks` writes.", e);
        }
    }

    // The modality of each column after the id.
    private static int[] ReadHeader(string path, CsvReader csv, IReadOnlyList<string> names)
    {
        var expected = $"expected is the header id,{string.Join(',', names)}.";
        var header = csv.Read() ? csv.Current.ToArray() : [""];
        if (header[0] != "id")
        {
            throw new InputException(path, "line 1", $"the first column is not 'id'; {expected}");
        }

        var columns = new int[header.Length - 1];
        for (var c = 0; c < columns.Length; c++)
        {
            var known = names.ToList();
            columns[c] = known.IndexOf(CsvCell.TextOf(header[c + 1])) is >= 0 and var found ? found : known.IndexOf(header[c + 1]);
            var problem = columns[c] < 0 ? "is not a modality of the data set" : columns.AsSpan(0, c).Contains(columns[c]) ? "is there twice" : null;
            if (problem is not null)
            {
                throw new InputException(path, $"column '{header[c + 1]}'", $"{problem}; {expected}");
            }
        }

        var absent = names.Where((_, m) => !columns.Contains(m)).ToArray();
        return absent.Length == 0 ? columns : throw new InputException(path, "line 1", $"has no column for {string.Join(", ", absent)}; {expected}");
    }

    private static Observation[] ReadRows(string path, CsvReader csv, int[] columns, IReadOnlyList<string> ids, IReadOnlyList<Modality> modalities)
    {
        var rows = new Dictionary<string, int>(ids.Count);
        for (var row = 0; row < ids.Count; row++)
        {
            rows.Add(ids[row], row);
        }

        var observed = new Observation[ids.Count]; // empty: no row read yet
        while (csv.Read())
        {
            var record = csv.Current.ToArray();
            var place = $"line {csv.LineNumber}, id '{record[0]}'";
            if (!rows.TryGetValue(CsvCell.TextOf(record[0]), out var row) && !rows.TryGetValue(record[0], out row))
            {
                throw new InputException(path, place, "is not an utterance of this split. Make the masks for the same file and split.");
            }

            if (!observed[row].IsEmpty)
            {
                throw new InputException(path, place, "has a row already; every utterance needs one. Delete one of the two.");
            }

            observed[row] = ReadRow(path, place, record, [.. columns.Select(m => (m, modalities[m]))]);
        }

        var without = ids.Where((_, row) => observed[row].IsEmpty).ToArray();
        return without.Length == 0 ? observed : throw new InputException(path, $"id '{without[0]}'",
            without.Length == 1 ? $"has no row; every one of the {ids.Count} utterances needs one. Make the masks for the same file and split."
                : $"has no row, and {without.Length - 1} other utterances of {ids.Count} have none either. Make the masks for the same file and split.");
    }

    private static Observation ReadRow(string path, string place, string[] record, (int Index, Modality Modality)[] columns)
    {
        if (record.Length != columns.Length + 1)
        {
            throw new InputException(path, place, $"has {record.Length} fields, but the header has {columns.Length + 1}.");
        }

        var observed = default(Observation);
        foreach (var (cell, (m, modality)) in record.Skip(1).Zip(columns))
        {
            var steps = new bool[modality.Length];
            if (!TryRead(cell, steps))
            {
                throw new InputException(path, place, string.Create(CultureInfo.InvariantCulture,
                    $"'{modality.Name}' is '{cell}'; it must be 1 (observed), 0 (missing), or the observed ones of its {steps.Length} steps, such as 0:{Math.Max(1, steps.Length / 2)}."));
            }

            observed = observed.WithSteps(m, steps);
        }

        return !observed.IsEmpty ? observed : throw new InputException(path, place,
            "all modalities are missing; nothing can be predicted from nothing. Set at least one to 1, or leave the utterance out of the data.");
    }

    private static string Cell(Observation observed, int modality)
    {
        if (observed.StepsOf(modality) is not { } steps)
        {
            return observed.Contains(modality) ? "1" : "0";
        }

        var ranges = new List<string>();
        for (int from = 0, to; from < steps.Count; from = to + 1)
        {
            to = from + steps.Skip(from).TakeWhile(s => s).Count();
            if (to > from)
            {
                ranges.Add(string.Create(CultureInfo.InvariantCulture, $"{from}:{to}"));
            }
        }

        return string.Join(' ', ranges);
    }

    private static bool TryRead(string cell, bool[] steps)
    {
        if (cell is "0" or "1")
        {
            Array.Fill(steps, cell == "1");
            return true;
        }

        foreach (var range in cell.Split(' '))
        {
            if (range.Split(':') is not [var first, var last] || !TryParse(first, out var from) || !TryParse(last, out var to) || from >= to || to > steps.Length)
            {
                return false;
            }

            steps.AsSpan(from..to).Fill(true);
        }

        return true;

        static bool TryParse(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
