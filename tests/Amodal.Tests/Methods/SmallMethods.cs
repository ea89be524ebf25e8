using Amodal.Configuration;
using Amodal.Methods;
using Amodal.Tests.Training;
using Amodal.Training;

namespace Amodal.Tests.Methods;

/// <summary>The methods that others published, with settings that train in no time.</summary>
internal static class SmallMethods
{
    private const string Dcca = "dcca.components=2 dcca.width=4 dcca.training.epochs=2 dcca.head.epochs=2";

    private static readonly (string Name, string Settings)[] _all =
    [
        ("noise-fill", ""), ("class-mean-fill", ""), ("nearest-neighbours", "nearest-neighbours.utterances=20"), ("ridge-fill", ""), ("soft-impute", ""), ("svt", ""),
        ("cca", "cca.components=2 cca.head.epochs=2"), ("dcca", Dcca), ("dccae", Dcca.Replace("dcca.", "dccae.", StringComparison.Ordinal)),
        ("autoencoder", "autoencoder.training.epochs=2"), ("cvae", "cvae.training.epochs=2 cvae.size=4"), ("cra", "cra.training.epochs=2 cra.blocks=2"), ("mmin", "mmin.training.epochs=2 mmin.blocks=2"),
        ("mctn", "mctn.training.epochs=2 mctn.width=4"),
        ("early-fusion", "early-fusion.training.epochs=2"), ("late-fusion", "late-fusion.training.epochs=2"), ("hybrid-fusion", "hybrid-fusion.training.epochs=2"),
        ("shaspec", "shaspec.training.epochs=2 shaspec.width=4"), ("misa", "misa.training.epochs=2 misa.width=4"), ("mult", "mult.training.epochs=2 mult.width=4 mult.heads=2 mult.layers=1"),
        ("gan", "gan.training.epochs=2"), ("dicmor", "dicmor.training.epochs=2 dicmor.width=4 dicmor.heads=2 dicmor.flowSteps=2 dicmor.blocks=1"),
        ("cpm-net", "cpm-net.training.epochs=2 cpm-net.size=4"),
        ("gcnet", "gcnet.training.epochs=2 gcnet.width=4"),
        ("unidiffuser", "unidiffuser.training.epochs=2 unidiffuser.width=4 unidiffuser.heads=2 unidiffuser.blocks=1 unidiffuser.evaluations=2"),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. _all.Select(m => m.Name)];

    /// <summary>Those that take a score.</summary>
    public static IReadOnlyList<string> OfScores { get; } = [.. Names.Except(["cpm-net"])];

    /// <summary>A tiny experiment of a method, with settings over it: "cca.components=2".</summary>
    public static ExperimentOptions Of(string name, string settings = "") => YamlOptions.Parse(
        YamlOptions.Write(TinyRun.TinyOptions with { Name = name, Method = name, Methods = MethodCatalogue.Defaults.Methods }), name,
        [.. $"{_all.Single(m => m.Name == name).Settings} {settings}".Split(' ', StringSplitOptions.RemoveEmptyEntries)], MethodCatalogue.Check, start: MethodCatalogue.Defaults);
}
