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
