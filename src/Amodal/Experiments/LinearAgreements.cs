namespace Amodal.Experiments;

/// <summary>What ridge regression makes of a run's latents, as a store keeps it: a line per recovery; none where it has nothing to be fitted on.</summary>
internal sealed record LinearAgreements(IReadOnlyList<LinearAgreements.Line> Lines)
{
    /// <summary>The sums of one recovery; null where it has none.</summary>
    public LatentAgreement? Of(int modality, ModalitySet observed) =>
        Lines.FirstOrDefault(l => l.Modality == modality && l.Observed == observed.Bits) is { } line ? new LatentAgreement { Sums = line.Sums } : null;

    /// <summary>Measures it, once for all samplers of a run.</summary>
    public static Job Job(Workshop workshop, TrainJob run) => workshop.Measure("linear", run, [], $"{run.Label}: linear reference", (loaded, data, progress, stop) =>
    {
        using var latents = loaded.EncodeLatents(data, Workshop.Split);
        var keys = Patterns.Incomplete(data.Modalities.Count)
            .SelectMany(o => ModalitySet.All(data.Modalities.Count).Without(o).Members.Select(m => (Modality: m, Observed: o)))
            .Where(k => LinearReference.IsPossible(data) && LinearReference.IsAffordable(data, latents, k.Modality, k.Observed)).ToList();
        var found = LinearReference.Of(loaded, data, latents, keys, progress, stop);
        return new LinearAgreements([.. found.Select(f => new Line(f.Key.Modality, f.Key.Observed.Bits, f.Value.Sums))]);
    });

    /// <summary>One recovery.</summary>
    internal sealed record Line(int Modality, uint Observed, IReadOnlyList<double> Sums);
}
