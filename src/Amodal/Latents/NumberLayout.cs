namespace Amodal.Latents;

/// <summary>Where the numbers of each modality stand in a vector of all.</summary>
/// <param name="sizes">Numbers of each modality.</param>
internal sealed class NumberLayout(IReadOnlyList<int> sizes)
{
    /// <summary>Numbers of each modality.</summary>
    public IReadOnlyList<int> Sizes => sizes;

    /// <summary>Numbers of all.</summary>
    public int Count { get; } = sizes.Sum();

    /// <summary>All modalities.</summary>
    public ModalitySet All => ModalitySet.All(sizes.Count);

    /// <summary>The first number of a modality.</summary>
    public int Start(int modality) => sizes.Take(modality).Sum();

    /// <summary>The places of some modalities' numbers.</summary>
    public Tensor Columns(ModalitySet modalities, Device device) =>
        cat([.. modalities.Members.Select(m => arange(Start(m), Start(m) + sizes[m], dtype: ScalarType.Int64, device: device))]);

    /// <summary>1 where a row's number is of a modality that its set has, 0 elsewhere: (row, numbers).</summary>
    public Tensor Mask(IReadOnlyList<ModalitySet> sets, Device device)
    {
        using var scope = NewDisposeScope();
        return cat([.. sizes.Select((size, m) => tensor([.. sets.Select(set => set.Contains(m) ? 1f : 0f)], [sets.Count, 1], device: device).expand(-1, size))], 1).MoveToOuterDisposeScope();
    }
}
