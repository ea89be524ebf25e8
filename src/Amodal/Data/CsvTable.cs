using CsvHelper;

namespace Amodal.Data;

/// <summary>The wanted columns of a CSV file with a line of names.</summary>
internal sealed class CsvTable
{
    private static readonly CsvReaderOptions Options = new()
    {
        Separator = ',',
        TrackLineNumbers = true,
        FieldCountMismatch = CsvFieldCountHandling.Throw,
    };

    private readonly Dictionary<string, List<string>> _columns;

    private CsvTable(string path, Dictionary<string, List<string>> columns, List<int> lines) => (Path, _columns, Lines) = (path, columns, lines);

    public string Path { get; }

    /// <summary>The line of the file that each row begins on, counted from 1.</summary>
    public IReadOnlyList<int> Lines { get; }

    public int Count => Lines.Count;

    public IReadOnlyList<string> this[string column] => _columns[column];

    public bool Has(string column) => _columns.ContainsKey(column);

    /// <summary>Reads the columns.</summary>
    public static CsvTable Read(string path, IReadOnlyList<string> wanted, params IReadOnlyList<string> welcome)
    {
        using var file = InputFile.Open(path);
        using var csv = CsvReader.Create(file, Options, leaveOpen: true);
        try
        {
            return Read(path, csv, wanted, welcome);
        }
        catch (CsvFormatException problem)
        {
            throw new InputException(path, $"line {problem.LineNumber}", $"is no line of a CSV table: {problem.Message} Write the table again.", problem);
        }
        catch (IOException problem)
        {
            throw new InputException(path, null, $"cannot be read: {problem.Message}", problem);
        }
    }

    private static CsvTable Read(string path, CsvReader csv, IReadOnlyList<string> wanted, IReadOnlyList<string> welcome)
    {
        var header = csv.Headers;
        foreach (var name in wanted.Where(name => !header.Contains(name)))
        {
            throw new InputException(path, $"column '{name}'", $"is not there; the columns are {string.Join(", ", header)}. Name the right one.");
        }

        var columns = wanted.Concat(welcome.Where(name => header.Contains(name))).Distinct().ToDictionary(name => name, _ => new List<string>());
        var places = columns.Keys.ToDictionary(name => name, name => header.ToList().IndexOf(name));
        var lines = new List<int>();
        while (csv.Read())
        {
            lines.Add((int)csv.LineNumber);
            foreach (var (name, values) in columns)
            {
                values.Add(Readable(path, lines[^1], csv.GetString(places[name])));
            }
        }

        return new CsvTable(path, columns, lines);

        // The reader puts this sign where bytes are no UTF-8.
        static string Readable(string path, int line, string text) => !text.Contains('\uFFFD', StringComparison.Ordinal) ? text
            : throw new InputException(path, $"line {line}", $"holds bytes that are no UTF-8 ('{text}'): the table is in another encoding. Save it as UTF-8, for instance with iconv -f GBK -t UTF-8.");
    }
}
