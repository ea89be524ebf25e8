namespace Amodal.Cli;

/// <summary>What score networks are computed in. An exported model's was chosen when it was exported.</summary>
internal static class PrecisionChoice
{
    /// <summary>What the torch engine computes in.</summary>
    public static IReadOnlyList<Precision> OfTorch { get; } = [Precision.Float32, Precision.Bfloat16];

    /// <summary>What graphs are exported in.</summary>
    public static IReadOnlyList<Precision> OfExports { get; } = [Precision.Float32, Precision.Int8];

    public static Option<string?> Option() => new("--precision")
    {
        Description = "What the score networks of a run are computed in: float32, the default, or bfloat16. An exported model keeps the one it was exported in.",
    };

    /// <summary>The precision asked for; single when none is.</summary>
    public static Precision Of(string? name, IReadOnlyList<Precision> allowed) => name is null ? Precision.Float32
        : OptionNames.TryParse<Precision>(name, out var precision) && allowed.Contains(precision) ? precision
        : throw new InputException("--precision", null, $"'{name}' is not possible here; give one of {string.Join(", ", allowed.Select(p => OptionNames.Of(p)))}.");

    /// <summary>Refuses a precision for an exported model.</summary>
    public static void RefuseForExport(string? name, string folder)
    {
        if (name is not null)
        {
            throw new InputException("--precision", null,
                $"is {name}, but {folder} is an exported model, whose precision was chosen when it was exported; leave it out, or export the run again with --precision.");
        }
    }
}
