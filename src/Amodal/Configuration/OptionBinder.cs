using System.Reflection;

namespace Amodal.Configuration;

/// <summary>Puts the values of a tree into a copy of an immutable record, property by property.</summary>
internal sealed class OptionBinder(object root, FaultList faults, Action<string>? note = null, string unset = "default")
{
    private static readonly MethodInfo _clone = typeof(object).GetMethod("MemberwiseClone", BindingFlags.Instance | BindingFlags.NonPublic)!;
    private readonly Dictionary<string, string> _places = [];

    /// <summary>Where a setting got its value: "line 4", "setting backbone.width", or what it has where nothing states it: "default", "base speed".</summary>
    public string PlaceOf(string path) => _places.GetValueOrDefault(path, unset);

    /// <summary>A copy of the options with the tree's values; faults are collected and leave the old value.</summary>
    public object Bind(object options, YamlTree.Mapping tree, string prefix = "")
    {
        var copy = _clone.Invoke(options, null)!;
        var properties = OptionTree.Properties(options.GetType()).ToDictionary(OptionNames.KeyOf);
        foreach (var read in tree.Entries)
        {
            var entry = properties.Values.FirstOrDefault(p => p.GetCustomAttribute<FormerKeyAttribute>()?.Key == read.Key) is { } renamed ? read with { Key = OptionNames.KeyOf(renamed) } : read;
            if (entry.Key != read.Key)
            {
                note?.Invoke($"the setting '{prefix}{read.Key}' is called '{prefix}{entry.Key}' now.");
            }

            var path = prefix + entry.Key;
            if (!properties.TryGetValue(entry.Key, out var property))
            {
                if (OptionTree.GroupsOf(options.GetType()) is { } holder && holder.GetValue(copy) is OptionGroups groups && groups.All.TryGetValue(entry.Key, out var group))
                {
                    holder.SetValue(copy, groups.With(entry.Key, BindGroup(group, entry, path)));
                    continue;
                }

                faults.Add(path, Where(entry, path), Unknown(entry.Key, [.. OptionTree.Entries(options).Select(e => e.Key)], prefix));
            }
            else if (OptionTree.IsGroup(property.PropertyType))
            {
                property.SetValue(copy, BindGroup(property.GetValue(copy)!, entry, path));
            }
            else if (property.PropertyType == typeof(SettingGroup))
            {
                property.SetValue(copy, new SettingGroup(AsMapping(entry, path, "settings 'key: value', which may be nested")));
            }
            else if (OptionNames.NamedGroup(property.PropertyType) is { } type)
            {
                property.SetValue(copy, BindNamed(type, (System.Collections.IDictionary)property.GetValue(copy)!, entry, path));
            }
            else
            {
                BindValue(copy, property, entry, path);
            }
        }

        return copy;
    }

    private object BindGroup(object group, YamlTree.Entry entry, string path)
    {
        switch (entry.Value)
        {
            case YamlTree.Mapping inner:
                return Bind(group, inner, path + ".");
            case YamlTree.Scalar { IsPlain: true, Text: "" } when entry.Line > 0:
                return group; // a heading whose lines are all commented out
            default:
                faults.Add(path, Where(entry, path),
                    $"is {Describe(entry.Value)}; it is a group of keys: {string.Join(", ", OptionTree.Entries(group).Select(e => e.Key))}.");
                return group;
        }
    }

    /// <summary>Records under names of the file's own choosing: those that are there already, then others in the file's order.</summary>
    private object BindNamed(Type type, System.Collections.IDictionary before, YamlTree.Entry entry, string path)
    {
        var named = (System.Collections.IDictionary)Activator.CreateInstance(typeof(OrderedDictionary<,>).MakeGenericType(typeof(string), type))!;
        foreach (System.Collections.DictionaryEntry known in before)
        {
            named[known.Key] = known.Value;
        }

        foreach (var inner in AsMapping(entry, path, "groups of keys, each under a name").Entries)
        {
            named[inner.Key] = BindGroup(named[inner.Key] ?? Activator.CreateInstance(type)!, inner, $"{path}.{inner.Key}");
        }

        return named;
    }

    private YamlTree.Mapping AsMapping(YamlTree.Entry entry, string path, string expected)
    {
        switch (entry.Value)
        {
            case YamlTree.Mapping mapping:
                return mapping;
            case YamlTree.Scalar { IsPlain: true, Text: "" }:
                break;
            default:
                faults.Add(path, Where(entry, path), $"is {Describe(entry.Value)}; here stand {expected}.");
                break;
        }

        return new YamlTree.Mapping([], entry.Line);
    }

    private void BindValue(object copy, PropertyInfo property, YamlTree.Entry entry, string path)
    {
        _places[path] = entry.Line == 0 ? $"setting {path}" : $"line {entry.Line}";
        if (entry.Value is not YamlTree.Scalar scalar)
        {
            faults.Add(path, Where(entry, path), $"is {Describe(entry.Value)}; allowed is {OptionValue.Allowed(property)}.");
        }
        else if (OptionValue.Parse(property, scalar.Text, scalar.IsPlain, out var problem) is { } value)
        {
            property.SetValue(copy, value);
        }
        else
        {
            faults.Add(path, Where(entry, path), problem);
        }
    }

    private string Unknown(string key, IReadOnlyList<string> siblings, string prefix)
    {
        var elsewhere = OptionTree.Paths(root).Where(p => OptionNames.Plain(p[(p.LastIndexOf('.') + 1)..]) == OptionNames.Plain(key)).ToList();
        var meant = NearestName.Of(key, siblings) is { } near ? $" Did you mean '{prefix}{near}'?"
            : elsewhere.Count > 0 ? $" Did you mean '{string.Join("' or '", elsewhere)}'?"
            : "";
        return $"is no key here.{meant} Allowed: {string.Join(", ", siblings)}.";
    }

    private static string Where(YamlTree.Entry entry, string path) =>
        entry.Line == 0 ? $"setting {OptionValue.Show(path)}" : $"line {entry.Line}, {OptionValue.Show(path)}";

    private static string Describe(YamlTree value) => value switch
    {
        YamlTree.Scalar scalar => $"'{OptionValue.Show(scalar.Text)}'",
        YamlTree.Other other => other.Description,
        _ => "a group of keys",
    };
}

/// <summary>A fault that shows only when several settings are seen together.</summary>
/// <param name="Keys">The settings at fault, as paths: "backbone.width".</param>
internal sealed record OptionFault(IReadOnlyList<string> Keys, string Problem);
