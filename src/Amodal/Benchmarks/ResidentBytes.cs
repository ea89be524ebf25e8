using Amodal.Native;

namespace Amodal.Benchmarks;

/// <summary>Memory of this process that lies in the machine's memory.</summary>
/// <param name="Now">Bytes now; null where the system does not tell.</param>
/// <param name="Peak">The most there was since the start; null where the system does not tell.</param>
public sealed record ResidentBytes(long? Now, long? Peak)
{
    /// <summary>Of this process.</summary>
    public static ResidentBytes OfThisProcess() => new(ResidentMemory.Current, ResidentMemory.Peak);
}
