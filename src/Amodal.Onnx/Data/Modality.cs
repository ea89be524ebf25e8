namespace Amodal.Data;

/// <summary>One sense as the data holds it: raw features of shape (batch, time, width).</summary>
/// <param name="Name">Its name in the file, unique in the data set.</param>
/// <param name="Length">Time steps of every row, padding included; at least 1.</param>
/// <param name="Width">Features of a step; at least 1.</param>
public sealed record Modality(string Name, int Length, int Width)
{
    /// <summary>Numbers in one row.</summary>
    public int RowSize => checked(Length * Width);

    /// <summary>Refuses modalities other than a model's.</summary>
    /// <param name="known">The model's.</param>
    internal static void CheckSame(string source, IReadOnlyList<Modality> given, IReadOnlyList<Modality> known, string model)
    {
        if (!given.SequenceEqual(known))
        {
            throw new InputException(source, "modalities",
                $"are {Describe(given)}, but {model} was trained on {Describe(known)}; give data with the same names, lengths and widths in the same order.");
        }

        static string Describe(IEnumerable<Modality> modalities) => string.Join(", ", modalities.Select(m => $"{m.Name} ({m.Length} x {m.Width})"));
    }

    /// <summary>What is wrong with the modalities that a file of ours names; null when they can be used.</summary>
    internal static string? FaultOf(IReadOnlyCollection<Modality> modalities) => modalities switch
    {
        { Count: < 2 or > 32 } => $"are {modalities.Count}; between 2 and 32 are expected",
        _ when modalities.Any(m => m.Name.Length == 0) || modalities.DistinctBy(m => m.Name).Count() < modalities.Count => "have names that are empty or alike",
        _ when modalities.Any(m => m.Length < 1 || m.Width < 1 || (long)m.Length * m.Width > Array.MaxLength) => "have sizes that no data can have",
        _ => null,
    };
}
