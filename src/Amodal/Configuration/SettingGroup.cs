namespace Amodal.Configuration;

/// <summary>
/// Settings of another record, as they stand in a file: kept with their lines, and checked when
/// <see cref="YamlOptions.Apply"/> puts them over that record.
/// </summary>
public sealed class SettingGroup
{
    internal SettingGroup(YamlTree.Mapping tree) => Tree = tree;

    /// <summary>No settings.</summary>
    public static SettingGroup Empty { get; } = new(new YamlTree.Mapping([], 0));

    /// <summary>Whether it sets nothing.</summary>
    public bool IsEmpty => Tree.Entries.Count == 0;

    internal YamlTree.Mapping Tree { get; }
}
