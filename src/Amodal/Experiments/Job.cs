using System.Security.Cryptography;

namespace Amodal.Experiments;

/// <summary>What a job makes.</summary>
internal enum JobKind
{
    /// <summary>A trained run.</summary>
    Train,

    /// <summary>What methods predict for every utterance of a split from every observed set.</summary>
    Predict,

    /// <summary>Anything else that is measured of trained runs: latents, times, figures.</summary>
    Measure,
}

/// <summary>Something that is made once in a store, by whoever comes first, and then kept there.</summary>
/// <param name="Path">The file or folder that it makes.</param>
/// <param name="Make">Makes it; told are what is being done and the share of it done.</param>
internal record Job(
    JobKind Kind, string Name, string Label, string Path, IReadOnlyList<Job> Needs, Action<Action<string, double>?, CancellationToken> Make)
{
    /// <summary>Whether it is there. Files take their names when they are whole.</summary>
    public Func<bool> IsDone { get; init; } = () => File.Exists(Path);

    /// <summary>The right to make the parts that other jobs make, too, until it is disposed of; null while another makes one of them.</summary>
    public Func<Store, IDisposable?> Share { get; init; } = _ => Nothing;

    /// <summary>The right to nothing.</summary>
    public static IDisposable Nothing { get; } = new MemoryStream();

    /// <summary>Jobs with all that they need, each once, what is needed first.</summary>
    public static IReadOnlyList<Job> WithNeeds(IEnumerable<Job> jobs) => [.. jobs.SelectMany(j => WithNeeds(j.Needs).Append(j)).DistinctBy(j => j.Name)];
}

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
