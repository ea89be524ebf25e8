using System.Runtime.InteropServices;
using Amodal.Native;
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
    /// <summary>This machine.</summary>
    public static BenchMachine Current() => new(
        ProcessorName.Current,
        Environment.ProcessorCount, // .NET counts what affinity and cgroup leave
        RuntimeInformation.OSDescription,
        Environment.Version.ToString(),
        typeof(torch).Assembly.GetName().Version?.ToString(3) ?? "");
}
