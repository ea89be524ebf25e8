using Amodal.Configuration;
using Amodal.Methods;
using Amodal.Tests.Training;
using Amodal.Training;

namespace Amodal.Tests.Methods;

/// <summary>The methods that others published, with settings that train in no time.</summary>
internal static class SmallMethods
{
    private static readonly (string Name, string Settings)[] _all =
    [
        ("noise-fill", ""), ("class-mean-fill", ""), ("nearest-neighbours", "nearest-neighbours.utterances=20"), ("ridge-fill", ""),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. _all.Select(m => m.Name)];

    /// <summary>A tiny experiment of a method, with settings over it: "cca.components=2".</summary>
    public static ExperimentOptions Of(string name, string settings = "") => YamlOptions.Parse(
        YamlOptions.Write(TinyRun.TinyOptions with { Name = name, Method = name, Methods = MethodCatalogue.Defaults.Methods }), name,
        [.. $"{_all.Single(m => m.Name == name).Settings} {settings}".Split(' ', StringSplitOptions.RemoveEmptyEntries)], MethodCatalogue.Check, start: MethodCatalogue.Defaults);
}
