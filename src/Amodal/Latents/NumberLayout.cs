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
        using var flags = Flags(sets, device);
        return Spread(flags);
    }

    /// <summary>1 where a row's set has the modality, 0 elsewhere: (row, modality).</summary>
    public Tensor Flags(IReadOnlyList<ModalitySet> sets, Device device) =>
        tensor([.. sets.SelectMany(set => sizes.Select((_, m) => set.Contains(m) ? 1f : 0f))], [sets.Count, sizes.Count], device: device);

    /// <summary>A number per modality, (row, modality), at each of its numbers: (row, numbers).</summary>
    public Tensor Spread(Tensor perModality)
    {
        using var scope = NewDisposeScope();
        return cat([.. sizes.Select((size, m) => perModality.narrow(1, m, 1).expand(-1, size))], 1).MoveToOuterDisposeScope();
    }
}
