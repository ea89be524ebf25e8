namespace Amodal.Experiments;

/// <summary>A trained run's recovered test latents beside their best linear prediction, for every modality and observed set: the sums, as a store keeps them.</summary>
internal sealed record LatentStudy(IReadOnlyList<LatentStudy.Line> Lines)
{
    /// <summary>The most test utterances of a fold that are recovered.</summary>
    public const int MostUtterances = 400;

    /// <summary>The sums of one recovery.</summary>
    internal sealed record Line(int Modality, uint Observed, IReadOnlyList<double> Sampled, IReadOnlyList<double> Aligned);

    /// <summary>What the sums of folds and training seeds together say.</summary>
    public static IReadOnlyList<LatentShrinkageRow> Rows(IReadOnlyList<LatentStudy> runs, IReadOnlyList<string> names) => [.. runs.SelectMany(r => r.Lines)
        .GroupBy(l => (l.Modality, Observed: new ModalitySet(l.Observed)))
        .OrderBy(g => g.Key.Modality).ThenBy(g => g.Key.Observed.Count).ThenBy(g => g.Key.Observed.Bits).Select(g =>
        {
            var sampled = LatentShrinkage.Pool([.. g.Select(l => new LatentShrinkage { Sums = l.Sampled })]);
            var aligned = LatentShrinkage.Pool([.. g.Select(l => new LatentShrinkage { Sums = l.Aligned })]);
            return new LatentShrinkageRow("", names[g.Key.Modality], g.Key.Observed.Describe(names), sampled.Predicted, sampled.Explained, sampled.TrueSlope,
                sampled.Slope, sampled.SpreadRatio, aligned.Slope, aligned.SpreadRatio);
        })];

    public static LatentStudy Measure(TrainedRun run, DataSet data, SamplerOptions sampler, Action<double> progress, CancellationToken stop)
    {
        var lines = new List<Line>();
        using var train = run.EncodeLatents(data, "train");
        using var valid = run.EncodeLatents(data, "valid");
        using var whole = run.EncodeLatents(data, Workshop.Split);
        using var test = whole.Select([.. Enumerable.Range(0, Math.Min(whole.Count, MostUtterances))]);
        var path = run.Method.CreatePath((ulong)run.Options.Seed, sampler);
        var incomplete = Patterns.Incomplete(test.Latents.Count);
        for (var i = 0; i < incomplete.Count; i++)
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            var observed = incomplete[i];
            var sampled = path.Complete(test, observed, stop: stop);
            var aligned = path.Align(sampled, observed);
            foreach (var m in ModalitySet.All(test.Latents.Count).Without(observed).Members)
            {
                stop.ThrowIfCancellationRequested();
                var predicted = LinearRecovery.Predict(train, valid, test, observed, m);
                var average = train.Latents[m].mean([0], keepdim: true);
                var (ofSampled, ofAligned) = (new LatentShrinkage(), new LatentShrinkage());
                ofSampled.Add(sampled[m], predicted, test.Latents[m], average, test.Valid[m]);
                ofAligned.Add(aligned[m], predicted, test.Latents[m], average, test.Valid[m]);
                lines.Add(new Line(m, observed.Bits, ofSampled.Sums, ofAligned.Sums));
            }

            progress((i + 1.0) / incomplete.Count);
        }

        return new LatentStudy(lines);
    }
}

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
