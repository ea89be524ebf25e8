using System.Numerics;
using Amodal.Data.Pickles;

namespace Amodal.Data;

/// <summary>
/// Reads the pickle layout of MMSA: a dictionary train, valid, test of dictionaries of arrays with one row per utterance.
/// Labels are <c>regression_labels</c> (or <c>labels</c>), or classes where they are asked for:
/// <c>classification_labels</c>, named by <c>annotations</c>. Ids are <c>id</c>, valid steps <c>NAME_lengths</c>; every other float
/// array of two or three dimensions is a modality under its own name, in the file's order.
/// </summary>
public static class MmsaReader
{
    private const string LengthsSuffix = "_lengths";
    private static readonly string[] LabelKeys = ["regression_labels", "labels"];
    private const string ClassKey = "classification_labels";
    private const string ClassNamesKey = "annotations";
    private static readonly string[] LabelPrefixes = ["regression_labels", ClassKey];
    private static readonly string[] Known = ["id", "ids", "raw_text", ClassNamesKey, "labels"];

    /// <summary>Reads a file, which may be gzipped.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">What it may cost; the defaults if null.</param>
    /// <exception cref="InputException">The file is no pickle of this layout, or its content is not sound.</exception>
    public static DataSet Read(string path, ReadLimits? limits = null) => Read(path, limits, new DataSetBuilder(path));

    internal static DataSet Read(string path, ReadLimits? limits, DataSetBuilder builder)
    {
        var content = PickleReader.Read(path, limits);
        if (!builder.NeedsLabels && content is PickleDictionary rows && rows.Entries.All(entry => entry.Key is string) && rows.Entries.Any(entry => entry.Value is NumPyArray))
        {
            _ = builder.Wanted(["test"]);
            builder.Add(ReadSplit(path, "test", rows, builder));
            return builder.Build();
        }

        if (content is not PickleDictionary root || !root.Entries.Any(entry => entry.Key is string key && SplitOf(key) is not null))
        {
            throw new InputException(path, null, $"is a pickle, but not of the MMSA layout: a dictionary with the keys train, valid and test is needed, each a dictionary of arrays; this is {Found(content)}. Write one, or export .npy files and a table and import the folder.");
        }

        var wanted = builder.Wanted([.. root.Entries.Select(entry => entry.Key is string key ? SplitOf(key) : null).OfType<string>()]);
        foreach (var (key, value) in root.Entries)
        {
            var name = key is string text ? SplitOf(text) : null;
            if (name is not null && !wanted.Contains(name))
            {
                continue;
            }

            if (name is null || (name != (string)key! && root.Contains(name)))
            {
                builder.Note($"The key '{NumPyArray.TextOf(key) ?? PickleReader.NameOf(key)}' is no split and was left out.");
                continue;
            }

            var split = value as PickleDictionary ?? throw new InputException(path, $"split '{key}'",
                $"is {PickleReader.NameOf(value)}; a dictionary of arrays is needed, each with one row per utterance. Pad the rows and store them so, or export .npy files and a table and import the folder.");
            builder.Add(ReadSplit(path, name, split, builder));
        }

        return builder.Build();
    }

    // A file may well call the split for choosing dev or val.
    private static string? SplitOf(string key) => DataSet.SplitNames.Contains(key) ? key : key is "dev" or "val" or "validation" ? "valid" : null;

    private static string KeysOf(PickleDictionary dictionary) =>
        string.Join(", ", dictionary.Entries.Take(20).Select(entry => NumPyArray.TextOf(entry.Key) ?? PickleReader.NameOf(entry.Key)));

    private static string Found(object? content) => content is not PickleDictionary { Entries.Count: > 0 } dictionary ? PickleReader.NameOf(content)
        : $"a dict with the keys {KeysOf(dictionary)}{(dictionary.Entries.Any(entry => entry.Key is ReadOnlyMemory<byte>) ? ", which are bytes: decode them to texts" : "")}";

    private static RawSplit ReadSplit(string path, string name, PickleDictionary split, DataSetBuilder builder)
    {
        var areClasses = builder.WantsClasses == true;
        var isLabelled = builder.NeedsLabels || LabelKeys.Any(split.Contains) || (areClasses && split.Contains(ClassKey));
        var classes = isLabelled && areClasses ? Classes(path, name, split) : null;
        var labels = isLabelled && !areClasses ? Labels(path, name, split) : null;
        var features = new List<RawFeatures>();
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, value) in split.Entries)
        {
            string? why = "its name is no text";
            if (key is string array && IsModality(array, value, out why))
            {
                var numbers = (NumPyArray)value!;
                var lengths = split[array + LengthsSuffix] is { } given ? LengthsOf(path, name, array, given) : null;
                features.Add(new RawFeatures(array, $"split '{name}', array '{array}'", numbers.Shape, numbers.ToFloats(), lengths));
                used.Add(array + LengthsSuffix);
            }
            else if (why is not null)
            {
                builder.Note($"'{NumPyArray.TextOf(key) ?? PickleReader.NameOf(key)}' in split '{name}' is no modality and was left out: {why}.");
            }
        }

        foreach (var (key, _) in split.Entries)
        {
            if (key is string array && array.EndsWith(LengthsSuffix, StringComparison.Ordinal) && !used.Contains(array) && !features.Any(f => f.Name == array))
            {
                builder.Note($"'{array}' in split '{name}' belongs to no modality and was left out.");
            }
        }

        return new RawSplit(name, IdsOf(path, name, split), labels ?? (classes is null ? DataSetBuilder.NoLabels(features) : new float[classes.Count]), features, row => $"row {row}")
        {
            Classes = classes,
            Transcripts = TextsOf(split["raw_text"]),
        };
    }

    private static string[]? TextsOf(object? value) => value switch
    {
        NumPyArray { Shape.Count: 1 } array => Texts(array),
        PickleSequence items when items.All(item => TextOf(item) is not null) => [.. items.Select(item => TextOf(item)!)],
        _ => null,
    };

    /// <summary>Whether a value is a modality; if not, why, or null where nobody would expect one.</summary>
    private static bool IsModality(string key, object? value, out string? why)
    {
        why = null;
        if (Known.Contains(key) || key.EndsWith(LengthsSuffix, StringComparison.Ordinal) || LabelPrefixes.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            return false;
        }

        if (DataSetBuilder.TokenIds(key) is { } tokens)
        {
            why = tokens;
            return false;
        }

        if (value is not NumPyArray { IsFloat: true, Shape.Count: 2 or 3 })
        {
            why = $"it is {PickleReader.NameOf(value)}, not a float array of two or three dimensions";
            return false;
        }

        return true;
    }

    private static float[] Labels(string path, string name, PickleDictionary split)
    {
        var key = LabelKeys.FirstOrDefault(split.Contains)
            ?? throw new InputException(path, $"split '{name}'", split.Contains(ClassKey)
                ? $"has no labels that are scores. Ask for classes, which are under '{ClassKey}', or put one number per utterance under '{LabelKeys[0]}'."
                : $"has no labels. Put one number per utterance under '{LabelKeys[0]}'; the keys here are {KeysOf(split)}.")
            { Remedies = split.Contains(ClassKey) ? ["target"] : [] };
        var numbers = Numbers(split[key])
            ?? throw new InputException(path, $"split '{name}', '{key}'", $"is {PickleReader.NameOf(split[key])}; one number per utterance is needed.");
        // (N), (N, 1) and (N, 1, 1) all occur.
        if (split[key] is NumPyArray { Shape: [var rows, ..] } && rows != numbers.Length)
        {
            throw new InputException(path, $"split '{name}', '{key}'", $"is {PickleReader.NameOf(split[key])}; one number per utterance is needed.");
        }

        return [.. numbers.Select(number => (float)number)];
    }

    /// <summary>Classes by number, with names beside them where the file has some, or by name; whole numbers under another key will do.</summary>
    private static IReadOnlyList<ClassLabel> Classes(string path, string name, PickleDictionary split)
    {
        var key = LabelKeys.Reverse().Prepend(ClassKey).FirstOrDefault(split.Contains)
            ?? throw new InputException(path, $"split '{name}'", $"has no classes. Put one number or name per utterance under '{ClassKey}'; the keys here are {KeysOf(split)}.");
        var place = $"split '{name}', '{key}'";
        if (Numbers(split[key]) is not { } numbers)
        {
            return TextsOf(split[key]) is { } texts ? [.. texts.Select(text => new ClassLabel(text))]
                : throw new InputException(path, place, $"is {PickleReader.NameOf(split[key])}; one number or name per utterance is needed.");
        }

        var names = key == ClassKey && TextsOf(split[ClassNamesKey]) is { } given && given.Length == numbers.Length ? given : null;
        return ClassLabels.Of(numbers, names, (row, fault) => new InputException(path, $"{place}, row {row}", fault));
    }

    private static double[] LengthsOf(string path, string name, string modality, object value) => Numbers(value)
        ?? throw new InputException(path, $"split '{name}', '{modality}{LengthsSuffix}'", $"is {PickleReader.NameOf(value)}; one whole number per utterance is needed.");

    private static double[]? Numbers(object? value)
    {
        switch (value)
        {
            case NumPyArray { IsNumber: true } array:
                return array.ToDoubles();
            case NumPyArray { Type.Kind: NumPyKind.Object } array when array.Items.All(IsNumber):
                return [.. array.Items.Select(Number)];
            case PickleSequence items when items.All(IsNumber):
                return [.. items.Select(Number)];
            default:
                return null;
        }
    }

    private static bool IsNumber(object? item) => item is long or double or bool or NumPyArray { IsNumber: true, Count: 1 };

    private static double Number(object? item) => item switch
    {
        long value => value,
        bool value => value ? 1 : 0,
        NumPyArray array => array.ToDoubles()[0],
        _ => (double)item!,
    };

    private static string[]? IdsOf(string path, string name, PickleDictionary split)
    {
        var value = split["id"] ?? split["ids"];
        return value switch
        {
            null => null,
            NumPyArray { Shape: [> 0 and var rows, _, ..] } table when table.Count > rows && Texts(table) is { } texts => [.. texts.Chunk(table.Count / rows).Select(row => string.Join('_', row))],
            NumPyArray array when Texts(array) is { } texts => texts,
            PickleSequence items when items.All(item => TextOf(item) is not null) => [.. items.Select(item => TextOf(item)!)],
            _ => throw new InputException(path, $"split '{name}', 'id'", $"is {PickleReader.NameOf(value)}; one text or number per utterance is needed. Leave it out to have the utterances numbered."),
        };
    }

    private static string[]? Texts(NumPyArray array) => array.Type.Kind switch
    {
        NumPyKind.Other => null,
        NumPyKind.Object when array.Items.Any(item => NumPyArray.TextOf(item) is null) => null,
        _ => array.ToStrings(),
    };

    private static string? TextOf(object? item) => item switch
    {
        BigInteger number => number.ToString(System.Globalization.CultureInfo.InvariantCulture),
        NumPyArray { Count: 1 } array => Texts(array)?[0],
        _ => NumPyArray.TextOf(item),
    };
}
