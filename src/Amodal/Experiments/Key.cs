using System.Security.Cryptography;

namespace Amodal.Experiments;

/// <summary>Names of what a store holds, made of everything that it depends on: equal names, equal content.</summary>
internal static class Key
{
    private const int Digits = 16;

    /// <summary>What decides times beside <see cref="Circumstances"/>.</summary>
    public static string Machine => $"{ProcessorName.Current}, {Environment.ProcessorCount} cores, {RunManifest.CurrentVersions()["system"]}";

    /// <summary>How many threads torch has.</summary>
    public static string Threads => get_num_threads() is 1 and var one ? $"{one} thread" : $"{get_num_threads()} threads";

    /// <summary>What decides numbers beside data and settings: the versions that compute, threads, device.</summary>
    public static string Circumstances(Device device)
    {
        var versions = RunManifest.CurrentVersions();
        return string.Join(", ", [.. new[] { "amodal", "torchSharp", "libtorch" }.Select(v => $"{v} {versions[v]}"), Threads, device.ToString()]);
    }

    /// <summary>The first digits of SHA-256 over the parts.</summary>
    public static string Of(params IEnumerable<string> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))))[..Digits];

    /// <summary>A trained run: by the keys of its stages, which hold the settings that its method looks at and the seed, its data, and its circumstances.</summary>
    public static string OfRun(ExperimentOptions options, string dataDigest, string circumstances) =>
        Of([.. StageKeys.Of(options).Select(s => $"{StageNames.Before(s.Key)} {s.Value}"), dataDigest, circumstances]);
}
