namespace Amodal.Configuration;

/// <summary>
/// Settings of another record, as they stand in a file: kept with their lines, and checked when
/// <see cref="YamlOptions.Apply"/> puts them over that record.
/// </summary>
internal sealed class SettingGroup
{
    internal SettingGroup(YamlTree.Mapping tree) => Tree = tree;

    /// <summary>No settings.</summary>
    public static SettingGroup Empty { get; } = new(new YamlTree.Mapping([], 0));

    /// <summary>Whether it sets nothing.</summary>
    public bool IsEmpty => Tree.Entries.Count == 0;

    internal YamlTree.Mapping Tree { get; }

    /// <summary>The value of a key at the top, where it is a single one; null where it is not there.</summary>
    internal string? Scalar(string key) => Tree.Entries.Where(e => e.Key == key).Select(e => e.Value).OfType<YamlTree.Scalar>().FirstOrDefault()?.Text;
}
