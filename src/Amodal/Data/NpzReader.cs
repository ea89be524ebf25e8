namespace Amodal.Data;

/// <summary>
/// Reads Amodal's own format, an .npz file that numpy.load opens without pickle. Its keys, for each SPLIT of train, valid
/// and test and each MODALITY:
/// <list type="table">
/// <item><term><c>modalities</c></term><description>texts: the names in order; without it, the order of the first split's entries.</description></item>
/// <item><term><c>SPLIT/MODALITY</c></term><description>float32 (rows, time, width), or (rows, width) for one step.</description></item>
/// <item><term><c>SPLIT.labels</c></term><description>float32 (rows): scores, or numbers of classes from 0, or the classes' names as texts; (rows, labels) where there are several, NaN for none.</description></item>
/// <item><term><c>classes</c></term><description>texts: the classes' names in the order of their numbers, where the labels are classes.</description></item>
/// <item><term><c>label_names</c></term><description>texts: the labels' names, where an utterance has several.</description></item>
/// <item><term><c>classes/LABEL</c></term><description>texts: as classes, of one of several labels; without it that label is a score.</description></item>
/// <item><term><c>SPLIT.ids</c></term><description>texts (rows); may be left out.</description></item>
/// <item><term><c>SPLIT.groups</c></term><description>texts (rows): the video or dialogue of each utterance; may be left out.</description></item>
/// <item><term><c>SPLIT.speakers</c></term><description>texts (rows): who speaks; may be left out.</description></item>
/// <item><term><c>SPLIT.lengths/MODALITY</c></term><description>int32 (rows): valid steps; may be left out.</description></item>
/// </list>
/// </summary>
public static class NpzReader
{
    internal const string ModalitiesKey = "modalities";
    internal const string ClassesKey = "classes";
    internal const string LabelNamesKey = "label_names";

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">What it may cost; the defaults if null.</param>
    /// <exception cref="InputException">The file is damaged or hostile, lacks a key, or its content is not sound.</exception>
    public static DataSet Read(string path, ReadLimits? limits = null) => Read(path, limits, new DataSetBuilder(path));

    internal static DataSet Read(string path, ReadLimits? limits, DataSetBuilder builder)
    {
        IReadOnlyList<KeyValuePair<string, NumPyArray>> arrays = [.. NpzArchive.Read(path, limits)];
        if (!builder.NeedsLabels && !DataSet.SplitNames.Any(split => IsIn(split, arrays)))
        {
            arrays = [.. arrays.Select(entry => KeyValuePair.Create(OfOnlySplit(entry.Key, entry.Value), entry.Value))];
        }

        var byName = arrays.ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);
        var used = new HashSet<string>(StringComparer.Ordinal) { ModalitiesKey };
        var names = Names(path, ModalitiesKey, byName);
        builder.Target = TargetOf(path, byName, used);
        var wanted = builder.Wanted([.. DataSet.SplitNames.Where(split => IsIn(split, arrays))]);
        foreach (var split in wanted)
        {
            var keys = arrays.Select(entry => entry.Key).Where(key => key.StartsWith(split + "/", StringComparison.Ordinal)).ToList();
            var ordered = names is null ? keys : [.. names.Select(name => FeaturesKey(split, name)).Where(byName.ContainsKey), .. keys.Where(key => !names.Contains(key[(split.Length + 1)..]))];
            builder.Add(ReadSplit(path, split, ordered, byName, used, builder));
        }

        bool IsOther(string key) => DataSet.SplitNames.Any(split => !wanted.Contains(split) && (key.StartsWith(split + "/", StringComparison.Ordinal) || key.StartsWith(split + ".", StringComparison.Ordinal)));
        foreach (var key in arrays.Select(entry => entry.Key).Where(key => !used.Contains(key) && (builder.NeedsLabels || !IsOther(key))))
        {
            builder.Note($"Amodal does not know the array '{key}'; it was left out.");
        }

        return builder.Build();
    }

    private static bool IsIn(string split, IReadOnlyList<KeyValuePair<string, NumPyArray>> arrays) =>
        arrays.Any(entry => entry.Key.StartsWith(split + "/", StringComparison.Ordinal) || entry.Key == LabelsKey(split));

    /// <summary>The key that an array has where splits are named, of a file whose arrays are all of one.</summary>
    private static string OfOnlySplit(string key, NumPyArray array) => key switch
    {
        "labels" => LabelsKey("test"),
        "id" or "ids" => IdsKey("test"),
        "groups" => GroupsKey("test"),
        "speakers" => SpeakersKey("test"),
        _ when key.StartsWith("lengths/", StringComparison.Ordinal) => "test." + key,
        _ when array is { IsFloat: true, Shape.Count: 2 or 3 } => FeaturesKey("test", key),
        _ => key,
    };

    internal static string FeaturesKey(string split, string modality) => $"{split}/{modality}";

    internal static string LabelsKey(string split) => $"{split}.labels";

    internal static string IdsKey(string split) => $"{split}.ids";

    internal static string GroupsKey(string split) => $"{split}.groups";

    internal static string SpeakersKey(string split) => $"{split}.speakers";

    internal static string LengthsKey(string split, string modality) => $"{split}.lengths/{modality}";

    internal static string ClassesOf(string label) => $"{ClassesKey}/{label}";

    private static string[]? Names(string path, string key, Dictionary<string, NumPyArray> arrays) => arrays.GetValueOrDefault(key) switch
    {
        null => null,
        { Type.Kind: NumPyKind.Text, Shape.Count: 1 } names => names.ToStrings(),
        var other => throw Wrong(path, key, other, "a list of texts"),
    };

    private static Target TargetOf(string path, Dictionary<string, NumPyArray> arrays, HashSet<string> used)
    {
        var labels = Names(path, LabelNamesKey, arrays);
        used.UnionWith([ClassesKey, LabelNamesKey, .. (labels ?? []).Select(ClassesOf)]);
        var spec = labels is null ? Of(ClassesKey) : new TargetSpec("several", Labels: [.. labels.Select(label => new LabelSpec(label, Of(ClassesOf(label))))]);
        return spec.ToTarget(path);

        TargetSpec Of(string key) => Names(path, key, arrays) is { } classes ? new TargetSpec("classes", classes) : new TargetSpec("score");
    }

    /// <summary>Labels as numbers; classes may be named.</summary>
    private static float[]? Labels(string path, string split, NumPyArray? given, Target target)
    {
        switch (given, target)
        {
            case (null, _):
                return null;
            case ({ Type.Kind: NumPyKind.Text, Shape.Count: 1 }, ClassTarget { Classes: var classes }):
                return [.. given.ToStrings().Select((name, row) => classes.ToList().IndexOf(name) is >= 0 and var k ? k : name.Length == 0 ? float.NaN
                    : throw new InputException(path, $"array '{LabelsKey(split)}', row {row}", $"is '{name}', which is none of the classes {string.Join(", ", classes)}."))];
            case ({ IsNumber: true, Shape.Count: 1 }, not SeveralTarget):
                return given.ToFloats();
            case ({ IsNumber: true, Shape: [_, var count] }, SeveralTarget) when count == target.Labels:
                return given.ToFloats();
            case ({ Type.Kind: NumPyKind.Text }, _):
                throw Wrong(path, LabelsKey(split), given, $"one number per utterance, or '{ClassesKey}' with the names of the classes");
            default:
                throw Wrong(path, LabelsKey(split), given, target is SeveralTarget ? $"{target.Labels} numbers per utterance" : "one number per utterance");
        }
    }

    private static IReadOnlyList<ClassLabel> Classes(string path, string split, NumPyArray given) => given switch
    {
        { Type.Kind: NumPyKind.Text, Shape.Count: 1 } => [.. given.ToStrings().Select(name => new ClassLabel(name))],
        { IsNumber: true, Shape.Count: 1 } => ClassLabels.Of(given.ToDoubles(), null, (row, fault) => new InputException(path, $"array '{LabelsKey(split)}', row {row}", fault)),
        _ => throw Wrong(path, LabelsKey(split), given, "one number or name per utterance"),
    };

    private static RawSplit ReadSplit(
        string path, string split, IReadOnlyList<string> keys, Dictionary<string, NumPyArray> arrays, HashSet<string> used, DataSetBuilder builder)
    {
        var given = arrays.GetValueOrDefault(LabelsKey(split));
        if (given is null && builder.NeedsLabels)
        {
            throw new InputException(path, $"split '{split}'", $"has no labels. Put one number per utterance under '{LabelsKey(split)}'.");
        }

        IReadOnlyList<RawFeatures> features = [.. keys.Select(key => ReadFeatures(path, split, key, arrays, used))];
        // Classes that are asked for, and that the file does not list.
        var classes = given is not null && builder is { WantsClasses: true, Target: ScoreTarget } ? Classes(path, split, given) : null;
        var known = classes is not null ? new float[classes.Count] : Labels(path, split, given, builder.Target);
        var raw = new RawSplit(split, Texts(path, IdsKey(split), arrays), known ?? DataSetBuilder.NoLabels(features), features, row => $"row {row}", Texts(path, GroupsKey(split), arrays))
        {
            LabelWidth = known is null ? 1 : builder.Target.Labels,
            Classes = classes,
            Speakers = Texts(path, SpeakersKey(split), arrays),
        };
        foreach (var (key, texts) in new[] { (GroupsKey(split), raw.Groups), (SpeakersKey(split), raw.Speakers) })
        {
            if (texts is not null && texts.Length != raw.Rows)
            {
                throw new InputException(path, $"array '{key}'", $"has {texts.Length} texts, but there are {raw.Rows} labels; one per utterance is needed. Export the file again.");
            }
        }

        used.UnionWith([LabelsKey(split), IdsKey(split), GroupsKey(split), SpeakersKey(split)]);
        return raw;
    }

    private static string[]? Texts(string path, string key, Dictionary<string, NumPyArray> arrays) => arrays.GetValueOrDefault(key) switch
    {
        null => null,
        { Type.Kind: NumPyKind.Text or NumPyKind.Bytes or NumPyKind.Integer, Shape.Count: 1 } texts => texts.ToStrings(),
        var other => throw Wrong(path, key, other, "one text per utterance"),
    };

    private static RawFeatures ReadFeatures(string path, string split, string key, Dictionary<string, NumPyArray> arrays, HashSet<string> used)
    {
        var name = key[(split.Length + 1)..];
        var array = arrays[key];
        if (array is not { IsFloat: true, Shape.Count: 2 or 3 })
        {
            throw Wrong(path, key, array, "a float array of two or three dimensions");
        }

        var lengths = arrays.GetValueOrDefault(LengthsKey(split, name));
        if (lengths is not (null or { IsNumber: true, Shape.Count: 1 }))
        {
            throw Wrong(path, LengthsKey(split, name), lengths, "one whole number per utterance");
        }

        used.UnionWith([key, LengthsKey(split, name)]);
        return new RawFeatures(name, $"array '{key}'", array.Shape, array.ToFloats(), lengths?.ToDoubles());
    }

    private static InputException Wrong(string path, string key, NumPyArray array, string needed) =>
        new(path, $"array '{key}'", $"is {array.Description}; {needed} is needed.");
}
