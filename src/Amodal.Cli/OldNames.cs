namespace Amodal.Cli;

/// <summary>Names that commands and options had before. They are understood for a while, with a note that says the new one.</summary>
internal static class OldNames
{
    private static readonly (string Old, string New)[] _commands =
    [
        ("impute", "recover"),
        ("masks", "data masks"),
        ("table", "compare"),
        ("reproduce list", "experiment plan"),
        ("reproduce", "experiment run"),
        ("profile", "bench --networks"),
    ];

    /// <summary>Old options by command. A new name that is empty: the value stands alone now.</summary>
    private static readonly (string Command, string Old, string New)[] _options =
    [
        ("train", "--config", ""),
        ("data masks", "--data", ""),
        ("data masks", "--mr", "--missing-rate"),
        ("evaluate", "--mr", "--missing-rate"),
        ("evaluate", "--seeds", "--mask-seeds"),
        ("evaluate", "--report", "--out"),
        ("experiment", "--seeds", "--mask-seeds"),
        ("bench", "--config", ""),
        ("bench", "--missing", "--missing-count"),
    ];

    private static readonly string[] _jsonFiles = ["evaluate", "experiment run", "experiment plan"];

    /// <summary>The option that writes the document to a file beside what is printed, as '--json FILE' did.</summary>
    public const string JsonFile = "--json-file";

    /// <summary>A command line in the names of today.</summary>
    /// <returns>The words, and a note for every old name among them.</returns>
    public static (IReadOnlyList<string> Words, IReadOnlyList<string> Notes) Translate(IReadOnlyList<string> args)
    {
        var (words, notes) = (args.ToList(), new List<string>());
        var start = words.FindIndex(w => !w.StartsWith('-'));
        if (start < 0)
        {
            return (words, notes);
        }

        foreach (var (old, now) in _commands)
        {
            var (before, after) = (old.Split(' '), now.Split(' '));
            if (words.Skip(start).Take(before.Length).SequenceEqual(before, StringComparer.OrdinalIgnoreCase))
            {
                words.RemoveRange(start, before.Length);
                words.InsertRange(start, after);
                notes.Add($"'amodal {old}' is 'amodal {now}' now.");
                break;
            }
        }

        var command = words[start] is "data" or "experiment" ? string.Join(' ', words.Skip(start).Take(2)) : words[start];
        var end = words.IndexOf("--") is >= 0 and var at ? at : words.Count;
        for (var i = start; i < end; i++)
        {
            var name = words[i].Split('=', ':')[0];
            if (name == "--json" && _jsonFiles.Contains(command) && FileOfJson(words, i, end) is { } file)
            {
                end -= words[i].Length == name.Length ? 1 : 0;
                words.RemoveRange(i, words[i].Length == name.Length ? 2 : 1);
                words.Insert(i, file == "-" ? "--json" : $"{JsonFile}={file}");
                notes.Add(file == "-" ? "'--json' alone prints the document now." : $"'--json' prints the document and takes no file now: write '--json > {file}'.");
            }

            foreach (var (_, old, now) in _options.Where(o => o.Old == name && $"{command} ".StartsWith($"{o.Command} ", StringComparison.Ordinal)))
            {
                notes.Add(now.Length > 0 ? $"'{old}' is '{now}' now." : $"the value of '{old}' stands alone now: leave '{old}' out.");
                if (now.Length > 0)
                {
                    words[i] = now + words[i][name.Length..];
                }
                else if (words[i].Length > name.Length)
                {
                    words[i] = words[i][(name.Length + 1)..];
                }
                else
                {
                    words.RemoveAt(i);
                    end--;
                }
            }
        }

        return (words, notes);
    }

    private static string? FileOfJson(List<string> words, int at, int end) =>
        words[at].Length > "--json=".Length ? words[at]["--json=".Length..]
        : words[at] == "--json" && at + 1 < end && (words[at + 1] == "-" || words[at + 1].EndsWith(".json", StringComparison.OrdinalIgnoreCase)) ? words[at + 1]
        : null;
}
