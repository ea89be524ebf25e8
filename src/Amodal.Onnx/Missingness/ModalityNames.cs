namespace Amodal.Missingness;

/// <summary>Reads sets of modalities as people write them.</summary>
public static class ModalityNames
{
    /// <summary>The set that a comma-separated list of names means, such as "acoustic,vision".</summary>
    /// <param name="list">Names in any order; letter case does not matter unless two modalities differ in it only.</param>
    /// <param name="names">The names of the data set's modalities, in its order.</param>
    /// <param name="option">The option that the list came from, for messages: "--missing".</param>
    /// <exception cref="InputException">The list is empty, or a name in it is not among the names.</exception>
    public static ModalitySet Parse(string list, IReadOnlyList<string> names, string option)
    {
        ArgumentNullException.ThrowIfNull(list);
        ArgumentNullException.ThrowIfNull(names);
        var parts = list.Split(',', StringSplitOptions.TrimEntries);
        return ModalitySet.Of([.. parts.Select(part => IndexOf(part, names, option))]);
    }

    private static int IndexOf(string name, IReadOnlyList<string> names, string option)
    {
        var exact = Find(names, name, StringComparison.Ordinal);
        var found = exact >= 0 ? exact : Find(names, name, StringComparison.OrdinalIgnoreCase);
        return found >= 0 ? found : throw new InputException(option, null, Unknown(name, names));
    }

    private static int Find(IReadOnlyList<string> names, string name, StringComparison comparison)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (string.Equals(names[i], name, comparison))
            {
                return i;
            }
        }

        return -1;
    }

    private static string Unknown(string name, IReadOnlyList<string> names)
    {
        var allowed = $"the data set has {string.Join(", ", names)}.";
        if (name.Length == 0)
        {
            return $"a name is missing; {allowed} Separate names by commas.";
        }

        var nearest = NearestName.Of(name, names);
        return $"'{name}' is not a modality; {allowed}{(nearest is null ? "" : $" Did you mean '{nearest}'?")}";
    }
}
