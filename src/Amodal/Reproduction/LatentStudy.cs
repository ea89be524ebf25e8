using Amodal.Data;
using Amodal.Diffusion.Sampling;
using Amodal.Evaluation;
using Amodal.Latents;
using Amodal.Missingness;
using Amodal.Prediction;
using Amodal.Runs;
using static TorchSharp.torch;

namespace Amodal.Reproduction;

/// <summary>Compares a trained run's recovered test latents with their best linear prediction, for every modality and observed set.</summary>
internal static class LatentStudy
{
    /// <summary>The most test utterances of a fold that are recovered.</summary>
    public const int MostUtterances = 400;

    /// <summary>Measures one run, or the folds of one experiment, whose sums are pooled.</summary>
    public static LatentStudyResult Measure(
        IReadOnlyList<string> runs, IReadOnlyList<DataSet> folds, SamplerOptions sampler, Device device, Action<double>? progress, CancellationToken stop)
    {
        var names = folds[0].Modalities.Select(m => m.Name).ToList();
        var sums = new Dictionary<(int Modality, ModalitySet Observed), (LatentShrinkage Sampled, LatentShrinkage Aligned)>();
        for (var i = 0; i < runs.Count; i++)
        {
            using var run = TrainedRun.Load(runs[i], device);
            var fold = i;
            Add(sums, run, folds[i], sampler, share => progress?.Invoke((fold + share) / runs.Count), stop);
        }

        return new LatentStudyResult([.. sums.OrderBy(s => s.Key.Modality).ThenBy(s => s.Key.Observed.Count).ThenBy(s => s.Key.Observed.Bits).Select(s =>
            new LatentShrinkageRow("", names[s.Key.Modality], s.Key.Observed.Describe(names), s.Value.Sampled.Predicted, s.Value.Sampled.Explained, s.Value.Sampled.TrueSlope,
                s.Value.Sampled.Slope, s.Value.Sampled.SpreadRatio, s.Value.Aligned.Slope, s.Value.Aligned.SpreadRatio))]);
    }

    private static void Add(
        Dictionary<(int, ModalitySet), (LatentShrinkage Sampled, LatentShrinkage Aligned)> sums, TrainedRun run, DataSet data, SamplerOptions sampler,
        Action<double> progress, CancellationToken stop)
    {
        using var train = Encode(run, data, "train");
        using var valid = Encode(run, data, "valid");
        using var whole = Encode(run, data, "test");
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
                if (!sums.TryGetValue((m, observed), out var sum))
                {
                    sums[(m, observed)] = sum = (new LatentShrinkage(), new LatentShrinkage());
                }

                sum.Sampled.Add(sampled[m], predicted, test.Latents[m], average, test.Valid[m]);
                sum.Aligned.Add(aligned[m], predicted, test.Latents[m], average, test.Valid[m]);
            }

            progress((i + 1.0) / incomplete.Count);
        }
    }

    private static LatentStore Encode(TrainedRun run, DataSet data, string split)
    {
        var (features, latents) = run.Encode(data, split);
        features.Dispose();
        return latents;
    }
}
