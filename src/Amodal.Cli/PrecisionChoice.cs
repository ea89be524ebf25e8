using System.CommandLine;
using Amodal.Configuration;
using Amodal.Prediction;

namespace Amodal.Cli;

/// <summary>What an export is computed in.</summary>
internal static class PrecisionChoice
{
    private const string Name = "--precision";

    public static Option<string?> Option() => new(Name)
    {
        Description = "What the score networks are computed in: float32 (default), or int8, whose large matrix products are on 8-bit integers.",
    };

    /// <summary>What is asked for; null where nothing is.</summary>
    /// <exception cref="InputException">There is no such precision.</exception>
    public static Precision? Parse(string? text) => text is null ? null
        : OptionNames.TryParse<Precision>(text, out var precision) ? precision
        : throw new InputException(Name, null, $"'{text}' is not known; give one of {string.Join(", ", [OptionNames.Of(Precision.Float32), OptionNames.Of(Precision.Int8)])}.");
}
