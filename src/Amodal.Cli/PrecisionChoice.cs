using System.CommandLine;
using Amodal.Configuration;
using Amodal.Prediction;

namespace Amodal.Cli;

/// <summary>What networks are computed in.</summary>
internal static class PrecisionChoice
{
    private const string Name = "--precision";

    public static Option<string?> Option() => new(Name)
    {
        Description = "What the score networks are computed in: float32 (default) or bfloat16, by the torch engine; an exported model has its own.",
    };

    public static Option<string?> OptionOfExport() => new(Name)
    {
        Description = "What the score networks are computed in: float32 (default), or int8, whose large matrix products are on 8-bit integers.",
    };

    /// <summary>What is asked for; null where nothing is.</summary>
    /// <exception cref="InputException">There is no such precision.</exception>
    public static Precision? Parse(string? text) => text is null ? null
        : OptionNames.TryParse<Precision>(text, out var precision) ? precision
        : throw new InputException(Name, null, $"'{text}' is not known; give one of {string.Join(", ", OptionNames.All<Precision>())}.");

    /// <summary>Refuses another precision than an exported model has.</summary>
    /// <exception cref="InputException">It is another.</exception>
    public static void Check(string folder, Precision exported, Precision? asked)
    {
        if (asked is { } precision && precision != exported)
        {
            var way = precision == Precision.Bfloat16 ? "only the torch engine computes in it, from the run" : $"export the run again with {Name} {OptionNames.Of(precision)}";
            throw new InputException(Name, null, $"is {OptionNames.Of(precision)}, but {folder} was exported as {OptionNames.Of(exported)}; {way}.");
        }
    }
}
