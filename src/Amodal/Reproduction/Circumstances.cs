using Amodal.Native;
using Amodal.Runs;
using static TorchSharp.torch;

namespace Amodal.Reproduction;

/// <summary>Under what numbers are computed: those of other circumstances are not taken for these.</summary>
internal static class Circumstances
{
    /// <summary>What decides numbers beside data and settings: the versions that compute, threads, device.</summary>
    public static string Of(Device device)
    {
        var versions = Trainer.Versions();
        return string.Join(", ", [.. new[] { "amodal", "torchSharp", "libtorch" }.Select(v => $"{v} {versions[v]}"), Threads, device.ToString()]);
    }

    /// <summary>What decides times beside them.</summary>
    public static string Machine => $"{ProcessorName.Current}, {Environment.ProcessorCount} cores, {Trainer.Versions()["system"]}";

    /// <summary>How many threads torch has.</summary>
    public static string Threads => get_num_threads() is 1 and var one ? $"{one} thread" : $"{get_num_threads()} threads";
}
