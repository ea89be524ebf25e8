using System.Runtime.InteropServices;
using TorchSharp;

namespace Amodal.Benchmarks;

/// <summary>Where a benchmark ran.</summary>
/// <param name="Processor">The processor's name, or its architecture where the system does not tell.</param>
/// <param name="Cores">Cores that this process may use, by its affinity and its container's limit.</param>
/// <param name="System">Operating system.</param>
/// <param name="DotNet">Version of .NET.</param>
/// <param name="TorchSharp">Version of TorchSharp.</param>
public sealed record BenchMachine(string Processor, int Cores, string System, string DotNet, string TorchSharp)
{
    private const string ProcessorFile = "/proc/cpuinfo";

    /// <summary>This machine.</summary>
    public static BenchMachine Current() => new(
        ProcessorName() ?? RuntimeInformation.ProcessArchitecture.ToString(),
        Environment.ProcessorCount, // .NET counts what affinity and cgroup leave
        RuntimeInformation.OSDescription,
        Environment.Version.ToString(),
        typeof(torch).Assembly.GetName().Version?.ToString(3) ?? "");

    private static string? ProcessorName()
    {
        try
        {
            return File.Exists(ProcessorFile)
                ? File.ReadLines(ProcessorFile).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
