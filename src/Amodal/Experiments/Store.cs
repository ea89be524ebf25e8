namespace Amodal.Experiments;

/// <summary>
/// A folder of what jobs made, each under its key: runs, predictions, measurements. What is there is whole, because it takes its name, or
/// is marked complete, when it is done; what is under way is claimed by a lock that ends with the process that holds it.
/// </summary>
internal sealed class Store(string folder)
{
    private const int Format = 1;
    private const string Claims = "claims";

    public string Folder => folder;

    /// <summary>Where a trained run is.</summary>
    public string Run(string name) => Path.Combine(folder, "runs", name);

    /// <summary>Where predictions are.</summary>
    public string Predictions(string key) => Path.Combine(folder, "predictions", $"{key}.safetensors");

    /// <summary>Where a measurement is.</summary>
    public string Measurement(string kind, string key) => Path.Combine(folder, "measurements", $"{kind}-{key}.json");

    /// <summary>The right to do a job, until it is disposed of; null where another has it.</summary>
    public IDisposable? TryClaim(Job job) => TryClaim(job.Name);

    /// <summary>The same of anything that has a name.</summary>
    public IDisposable? TryClaim(string name)
    {
        FileStream? claim = null;
        var path = Path.Combine(folder, Claims, $"{name}.lock");
        AtomicFile.Explaining(path, () =>
        {
            Directory.CreateDirectory(Path.Combine(folder, Claims));
            claim = FileLock.TryTake(path);
        });
        return claim;
    }

    /// <summary>Whether another is at a job just now.</summary>
    public bool IsClaimed(Job job)
    {
        using var claim = TryClaim(job);
        return claim is null;
    }

    /// <summary>Reads a measurement.</summary>
    public static T Read<T>(string path)
        where T : class => JsonFile.Read<T>(path, Format, "a measurement", "Delete the file, and it is made again.");

    /// <summary>Writes a measurement, whole or not at all.</summary>
    public static void Write<T>(string path, T value) => JsonFile.Write(path, Format, value);
}
