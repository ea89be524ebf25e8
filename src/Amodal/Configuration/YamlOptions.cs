namespace Amodal.Configuration;

/// <summary>
/// Reads immutable option records from YAML and writes them: keys are the property names in camelCase, groups are nested
/// records, missing keys keep the record's default, and anything unknown or out of range is refused.
/// </summary>
/// <remarks>
/// Settings are int, long, double, bool, string, enums (any case, hyphens and underscores ignored) and groups. Ranges come
/// from the properties' DataAnnotations attributes. A dictionary of records is a group of groups under free names, and a
/// <see cref="SettingGroup"/> holds settings of another record until they are applied to it. An empty file, and a group without keys, is all defaults. Lists, anchors,
/// aliases, tags and further documents are refused. No type is ever chosen by the file.
/// </remarks>
internal static class YamlOptions
{
    private const int MaxBytes = 1 << 20;

    /// <summary>Reads a file.</summary>
    /// <param name="path">UTF-8, at most 1 MiB.</param>
    /// <param name="overrides">Settings "key.path=value" put over the file's, the last one winning.</param>
    /// <param name="rules">Checks that see several settings together; run where the settings themselves are sound.</param>
    /// <param name="start">What the file's settings are put over; the record's defaults unless given.</param>
    public static T Read<T>(
        string path, IEnumerable<string>? overrides = null, Func<T, IEnumerable<OptionFault>>? rules = null, Action<string>? note = null, T? start = null)
        where T : class, new()
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Parse(ReadText(path), path, overrides ?? [], rules, note, start);
    }

    /// <summary>Reads a text.</summary>
    /// <param name="origin">What messages call it, such as the file's path.</param>
    /// <param name="overrides">Settings "key.path=value" put over the text's, the last one winning.</param>
    /// <param name="start">What the text's settings are put over; the record's defaults unless given.</param>
    /// <param name="baseOf">Finds the options that a text names under <c>base</c>, which then take the place of <paramref name="start"/>.</param>
    public static T Parse<T>(
        string text, string origin, IEnumerable<string> overrides, Func<T, IEnumerable<OptionFault>>? rules = null, Action<string>? note = null, T? start = null,
        Func<string, T>? baseOf = null)
        where T : class, new()
    {
        var faults = new FaultList(origin);
        var (tree, unset) = (YamlTree.Read(text, faults), "default");
        if (baseOf is not null && tree.Entries.FirstOrDefault(e => e.Key == "base") is { Value: YamlTree.Scalar { Text: var name } } entry)
        {
            (start, unset) = (baseOf(name), $"base {name}");
            tree = tree with { Entries = [.. tree.Entries.Where(e => e != entry)] };
        }

        return Bind(start ?? new T(), [tree], faults, overrides, rules, note, unset);
    }

    /// <summary>Puts groups of settings, read as parts of another file, over options.</summary>
    /// <param name="options">The options; they are not changed.</param>
    /// <param name="overrides">Settings "key.path=value" put over the groups', the last one winning.</param>
    public static T Apply<T>(T options, IEnumerable<SettingGroup> groups, string origin, IEnumerable<string>? overrides = null, Func<T, IEnumerable<OptionFault>>? rules = null)
        where T : class, new() => Bind(options, groups.Select(g => g.Tree), new FaultList(origin), overrides ?? [], rules);

    private static T Bind<T>(T start, IEnumerable<YamlTree.Mapping> trees, FaultList faults, IEnumerable<string> overrides, Func<T, IEnumerable<OptionFault>>? rules, Action<string>? note = null, string unset = "default")
        where T : class, new()
    {
        var binder = new OptionBinder(start, faults, note, unset);
        var options = trees.Aggregate((object)start, (o, tree) => binder.Bind(o, tree));
        foreach (var setting in overrides)
        {
            options = ParseOverride(setting, faults) is { } tree ? binder.Bind(options, tree) : options;
        }

        foreach (var fault in rules?.Invoke((T)options) ?? [])
        {
            // A setting that was refused kept its default, so what a rule says about it would mislead.
            if (!fault.Keys.Any(faults.Names))
            {
                faults.Add(string.Join(" and ", fault.Keys.Select(k => $"{k} ({binder.PlaceOf(k)})")), fault.Problem);
            }
        }

        faults.ThrowIfAny();
        return (T)options;
    }

    /// <summary>All settings as YAML, in the order of their declaration; reading it gives equal options.</summary>
    /// <param name="without">Settings and groups at the top that are left out; reading it leaves these at their defaults.</param>
    public static string Write<T>(T options, params IReadOnlyList<string> without)
        where T : class, new()
    {
        var text = new StringBuilder();
        WriteGroup(options, text, "", without);
        return text.ToString();
    }

    /// <summary>The settings in which two records of a type differ, with the value that each has, as files write them.</summary>
    internal static IEnumerable<(string Key, string First, string Second)> Differences(object first, object second, string prefix = "") =>
        OptionTree.Entries(first).Join(OptionTree.Entries(second), e => e.Key, e => e.Key, (a, b) => (a.Key, a.IsGroup, First: a.Value, Second: b.Value)).SelectMany(e =>
            e.IsGroup ? Differences(e.First, e.Second, $"{prefix}{e.Key}.")
            : e.First.Equals(e.Second) ? []
            : [(prefix + e.Key, OptionValue.Write(e.First), OptionValue.Write(e.Second))]);

    private static void WriteGroup(object group, StringBuilder text, string indent, IReadOnlyList<string> without)
    {
        foreach (var (key, value, isGroup) in OptionTree.Entries(group).Where(e => !without.Contains(e.Key)))
        {
            text.Append(indent).Append(key).Append(':');
            if (isGroup)
            {
                text.Append('\n');
                WriteGroup(value, text, indent + "  ", []);
            }
            else
            {
                text.Append(' ').Append(OptionValue.Write(value)).Append('\n');
            }
        }
    }

    private static YamlTree.Mapping? ParseOverride(string setting, FaultList faults)
    {
        var at = setting.IndexOf('=', StringComparison.Ordinal);
        if (at <= 0)
        {
            faults.Add($"setting {OptionValue.Show(setting)}", "is not of the form key=value, such as backbone.width=64.");
            return null;
        }

        YamlTree value = new YamlTree.Scalar(setting[(at + 1)..].Trim(), IsPlain: true, Line: 0);
        foreach (var key in setting[..at].Trim().Split('.', 16).Reverse())
        {
            value = new YamlTree.Mapping([new YamlTree.Entry(key, value, Line: 0)], Line: 0);
        }

        return (YamlTree.Mapping)value;
    }

    /// <summary>Reads settings that are bound to a record later.</summary>
    internal static SettingGroup Group(string text, string origin)
    {
        var faults = new FaultList(origin);
        var tree = YamlTree.Read(text, faults);
        faults.ThrowIfAny();
        return new SettingGroup(tree);
    }

    internal static string ReadText(string path)
    {
        try
        {
            using var stream = InputFile.Open(path);
            var bytes = new byte[MaxBytes + 1];
            var count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return count <= MaxBytes
                ? new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes, 0, count).TrimStart('\uFEFF')
                : throw new InputException(path, null, $"has more than {MaxBytes} bytes; a configuration is smaller.");
        }
        catch (DecoderFallbackException problem)
        {
            throw new InputException(path, null, "is not UTF-8 text; save it as UTF-8.", problem);
        }
        catch (IOException problem)
        {
            throw new InputException(path, null, $"cannot be read: {problem.Message}", problem);
        }
    }
}
