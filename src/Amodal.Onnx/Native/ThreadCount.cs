namespace Amodal.Native;

/// <summary>How many threads work may be given, whatever engine does it.</summary>
public static class ThreadCount
{
    /// <summary>
    /// The most that are taken: four per core, and 8 where that is less. More of them only wait for each other, and thousands
    /// take the machine's memory before they do anything.
    /// </summary>
    public static int Most { get; } = Math.Max(8, 4 * Environment.ProcessorCount);

    /// <summary>The number that is meant by one that a user gave.</summary>
    /// <param name="asked">From 0 to <see cref="Most"/>; 0 means one per core.</param>
    /// <param name="source">The file or option that it comes from.</param>
    /// <param name="place">The place in it; may be null.</param>
    /// <exception cref="InputException">It is out of range.</exception>
    public static int Of(int asked, string source, string? place = null) => asked is >= 0 && asked <= Most
        ? asked > 0 ? asked : Environment.ProcessorCount
        : throw new InputException(source, place,
            $"is {asked}, and this machine takes 0 to {Most}: four threads for each of its {Environment.ProcessorCount} cores, at least 8. 0 takes one per core.");
}
