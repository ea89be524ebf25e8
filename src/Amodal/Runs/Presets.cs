namespace Amodal.Runs;

/// <summary>
/// The experiments that the library carries, experiments/*.yaml, by name: they are there wherever the program is. A method that has no
/// file there is one under its own name: it with its defaults, and its classifiers as those of cpu-quality, so that they are shared.
/// </summary>
public static class Presets
{
    private const string Prefix = "experiments/";
    private const string Suffix = ".yaml";

    private static readonly IReadOnlyList<string> _files = [.. typeof(Presets).Assembly.GetManifestResourceNames()
        .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal) && n.EndsWith(Suffix, StringComparison.Ordinal))
        .Select(n => n[Prefix.Length..^Suffix.Length]).Where(n => !n.Contains('/')).Order(StringComparer.Ordinal)];

    /// <summary>Their names, in order; methods without a file after them.</summary>
    public static IReadOnlyList<string> Names => [.. _files, .. MethodCatalogue.All.Where(m => m.Purpose is not null).Select(m => m.Name)];

    /// <summary>Whether a preset is called so, letter by letter.</summary>
    public static bool Has(string name) => Names.Contains(name);

    /// <summary>One as a file of its own, YAML: what it is for, and every setting that its method has a use for, those that it has from another preset, too.</summary>
    /// <exception cref="InputException">There is no such preset.</exception>
    public static string Text(string name)
    {
        var options = ExperimentFile.Preset(name);
        return Comments(name).Append(YamlOptions.Write(options, MethodCatalogue.Unused(options))).Aggregate((a, b) => $"{a}\n{b}");
    }

    /// <summary>One as it stands in the library, where it may name another under <c>base</c> and state what is different.</summary>
    internal static string Source(string name)
    {
        if (!Has(name))
        {
            throw new InputException(name, null, $"is no preset; presets are {string.Join(", ", Names)}.");
        }

        if (MethodCatalogue.All.FirstOrDefault(m => m.Purpose is not null && m.Name == name) is { } method)
        {
            return $"# {method.Purpose}\nname: {name}\nbase: cpu-quality\nmethod: {name}\n";
        }

        using var stream = typeof(Presets).Assembly.GetManifestResourceStream(Prefix + name + Suffix)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>What one is for, and what it costs: the sentences at the top of its file.</summary>
    /// <exception cref="InputException">There is no such preset.</exception>
    public static string Purpose(string name) =>
        string.Join(' ', Comments(name).Select(line => line[1..].Trim()));

    private static IEnumerable<string> Comments(string name) => Source(name).Split('\n').TakeWhile(line => line.StartsWith('#'));
}
