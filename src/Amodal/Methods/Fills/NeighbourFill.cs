namespace Amodal.Methods.Fills;

/// <summary>
/// The mean of the k training utterances that are nearest in what is observed. Distances are the sum over observed modalities of
/// |x - y|^2 in units of the modality's mean square, so that a long one does not outweigh the others; k is chosen on validation.
/// </summary>
internal sealed class NeighbourFill : LatentFill
{
    private static readonly long[] _counts = [1, 3, 10, 30, 100];
    private readonly NumberLayout _layout;

    public NeighbourFill(FillContext context)
        : base(nameof(NeighbourFill))
    {
        _layout = context.Layout;
        var most = context.Options.Methods.Of<NeighbourFillOptions>().Utterances;
        register_buffer("rows", zeros(most, _layout.Count));
        register_buffer("held", zeros(most, _layout.Sizes.Count));
        register_buffer("scales", ones(_layout.Sizes.Count));
        register_buffer("neighbours", ones(1));
        RegisterComponents();
    }

    /// <summary>Its line in the catalogue.</summary>
    public static MethodDescriptor Descriptor { get; } = FillMethod.Describe(
        "nearest-neighbours", "The mean latents of the training utterances that are nearest in what is observed. Costs: a training of the fusion beside the classifiers; the run holds latents of training utterances.",
        context => new NeighbourFill(context), new NeighbourFillOptions());

    protected override void Fit(FillData data)
    {
        var most = (int)get_buffer("rows")!.shape[0];
        long[] kept = [.. Enumerable.Range(0, data.Present.Count).Select(row => (long)row)];
        new StableRandom(0, StableRandom.KeyOf("nearest-neighbours")).Shuffle(kept.AsSpan());
        kept = [.. kept.Take(most).Order()];
        using var index = tensor(kept, device: data.Train.device);
        get_buffer("rows")!.narrow(0, 0, kept.Length).copy_(data.Train.index_select(0, index));
        get_buffer("held")!.narrow(0, 0, kept.Length).copy_(tensor(
            [.. kept.SelectMany(row => _layout.Sizes.Select((_, m) => data.Present[(int)row].Contains(m) ? 1f : 0f))], [kept.Length, _layout.Sizes.Count]));
        foreach (var m in Enumerable.Range(0, _layout.Sizes.Count))
        {
            get_buffer("scales")![m] = Of(data.Train, m).square().sum() / Math.Max(1, data.Present.Count(p => p.Contains(m)));
        }

        get_buffer("neighbours")!.fill_(data.Best(_counts, (k, rows, observed) => Fill(rows.Numbers, observed, k, isOneOfThem: false)));
    }

    public override Tensor Fill(FillRows rows, ModalitySet observed) => Fill(rows.Numbers, observed, (long)get_buffer("neighbours")!.item<float>(), rows.AreTraining);

    private Tensor Fill(Tensor numbers, ModalitySet observed, long k, bool isOneOfThem)
    {
        using var scope = NewDisposeScope();
        var (rows, held) = (get_buffer("rows")!, get_buffer("held")!);
        var distances = observed.Members.Select(m => cdist(Of(numbers, m), Of(rows, m)).square() / get_buffer("scales")![m].clamp_min(1e-12)).Aggregate((a, b) => a + b);
        var known = held.index_select(1, tensor(observed.Members.Select(m => (long)m).ToArray(), device: held.device)).prod(1);
        return cat([.. _layout.Sizes.Select((size, m) => observed.Contains(m) ? Of(numbers, m) : Mean(m))], 1).MoveToOuterDisposeScope();

        // The rows that have what is observed and what is asked for; where fewer than k do, those count.
        Tensor Mean(int modality)
        {
            var isOne = known * held.select(1, modality);
            var first = isOneOfThem && rows.shape[0] > 1 ? 1 : 0; // a training row is its own nearest
            var (_, all) = distances.masked_fill(isOne.eq(0), double.PositiveInfinity).topk((int)Math.Min(k + first, rows.shape[0]), 1, largest: false);
            var nearest = all.narrow(1, first, all.shape[1] - first);
            var weights = isOne.index_select(0, nearest.flatten()).reshape(nearest.shape);
            var values = Of(rows, modality).index_select(0, nearest.flatten()).reshape(nearest.shape[0], nearest.shape[1], -1);
            return (values * weights.unsqueeze(2)).sum([1]) / weights.sum([1], keepdim: true).clamp_min(1);
        }
    }

    private Tensor Of(Tensor numbers, int modality) => numbers.narrow(1, _layout.Start(modality), _layout.Sizes[modality]);
}

/// <summary>Settings of the method nearest-neighbours. How many neighbours count is chosen on validation.</summary>
internal sealed record NeighbourFillOptions
{
    /// <summary>Most training utterances that are kept; a random part of more.</summary>
    [Range(1, 100_000)]
    public int Utterances { get; init; } = 4096;
}
