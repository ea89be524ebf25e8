namespace Amodal.Diffusion.Networks;

/// <summary>What <see cref="BackboneProfiler"/> measures, and on what.</summary>
internal sealed record ProfileOptions
{
    /// <summary>The networks; all four at the thesis's sizes unless told otherwise.</summary>
    public IReadOnlyList<BackboneOptions> Backbones { get; init; } = [.. Enum.GetValues<BackboneKind>().Select(BackboneOptions.Thesis)];

    /// <summary>Channels of every latent, at least 1.</summary>
    public int Channels { get; init; } = 32;

    /// <summary>Time steps of every latent, at least 1.</summary>
    public int Length { get; init; } = 48;

    /// <summary>How many modalities are given to recover one from, at least 0.</summary>
    public int Conditions { get; init; } = 2;

    /// <summary>The batch sizes that are timed, each at least 1; memory is that of the largest.</summary>
    public IReadOnlyList<int> Batches { get; init; } = [1, 32];

    /// <summary>Timed runs of every network at every batch size, at least 1.</summary>
    public int Repeats { get; init; } = 15;

    /// <summary>Runs before those, not timed, at least 0.</summary>
    public int WarmUp { get; init; } = 3;
}
