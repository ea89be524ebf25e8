using System.Diagnostics;
using System.Globalization;
using Amodal.Data;
using Amodal.Diffusion.Sampling;
using Amodal.Evaluation;
using Amodal.Evaluation.Reports;
using Amodal.Latents;
using Amodal.Missingness;
using Amodal.Prediction;
using Amodal.Runs;
using static TorchSharp.torch;

namespace Amodal.Reproduction;

/// <summary>What sampling costs: evaluations and seconds of every row, and beside a reference row the gain in speed and the change of the first metric.</summary>
internal static class SamplingTable
{
    private const int Repetitions = 3;

    public static IEnumerable<ReportTable> Make(TablePlan plan, RunPool pool, IReadOnlyList<ComparisonRow> rows, CancellationToken stop)
    {
        if (!plan.Table.Timing)
        {
            return [];
        }

        var measured = plan.Rows.Where(r => r.Run is not null).ToDictionary(r => r.Label, r => Measure(pool, r, stop));
        var hasReference = plan.Table.Reference.Length > 0;
        var metric = MetricStyle.Of(plan.Metrics[0]).Short;
        return
        [
            new ReportTable("Cost of sampling",
                ["row", "NFE", "seconds", "thesis, seconds", .. hasReference
                    ? new[] { "speed", "thesis, speed", $"{metric} change", $"thesis, {metric} change" } : []],
                [.. plan.Rows.Where(r => measured.ContainsKey(r.Label)).Select(r => (IReadOnlyList<ReportCell>)
                [
                    ReportCell.Words(r.Label), new ReportCell(measured[r.Label].Nfe.ToString(CultureInfo.InvariantCulture)),
                    Seconds(measured[r.Label].Seconds), Seconds(ThesisNumbers.SamplingSeconds(r.Thesis)),
                    .. hasReference ? Beside(plan, rows, r, measured) : [],
                ])])
            {
                Note = $"Recovery of one modality of one utterance from the others, median of {Repetitions}, on this machine ({Circumstances.Machine}; {Circumstances.Threads}, {pool.Device}), as busy as it was; "
                    + $"the thesis's seconds are of its GPU.{(pool.Options.TrainingSeeds * pool.Data.Count > 1 ? " What one run takes any takes: times are of the first fold and training seed." : "")}",
            },
        ];
    }

    private static IEnumerable<ReportCell> Beside(TablePlan plan, IReadOnlyList<ComparisonRow> rows, PlannedRow row, Dictionary<string, SamplingTime> measured)
    {
        var reference = plan.Rows.First(r => r.Label == plan.Table.Reference);
        yield return Ratio(measured[reference.Label].Seconds / measured[row.Label].Seconds);
        yield return Ratio(ThesisNumbers.SamplingSeconds(reference.Thesis) / ThesisNumbers.SamplingSeconds(row.Thesis));
        var style = MetricStyle.Of(plan.Metrics[0]);
        var (ours, theirs) = (Cell(row.Label), Cell(reference.Label));
        yield return new ReportCell(ours?.Ours is { } a && theirs?.Ours is { } b ? style.ShowDifference(a.Value - b.Value) : "");
        yield return new ReportCell(ours?.Thesis is { } c && theirs?.Thesis is { } d ? style.ShowDifference(c - d) : "");

        ComparisonCell? Cell(string label) => rows.FirstOrDefault(r => r.Label == label && r.Case == ProtocolEvaluator.AverageIncomplete)?.Cells[0];
    }

    private static SamplingTime Measure(RunPool pool, PlannedRow row, CancellationToken stop)
    {
        var path = pool.FirstRun(row.Run!, stop);
        return pool.Keep("sampling", [path], [Configuration.YamlOptions.Write(row.Sampler!), Circumstances.Machine], () =>
        {
            pool.Progress?.Invoke($"{row.Label}: time of sampling", 0);
            using var run = TrainedRun.Load(path, pool.Device);
            return Measure(run, pool.Data[0], row.Sampler!, stop);
        });
    }

    private static SamplingTime Measure(TrainedRun run, DataSet data, SamplerOptions sampler, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        var (features, latents) = run.Encode(data, "test");
        features.Dispose();
        var seconds = Seconds(run.Method.CreatePath(0, sampler), latents, stop);
        latents.Dispose();
        return new SamplingTime(RunMethod.Nfe(run.Options, sampler), seconds);
    }

    /// <summary>Seconds to recover the last modality of one utterance from all the others.</summary>
    internal static double Seconds(LatentPath<Tensor> recoverer, LatentStore latents, CancellationToken stop)
    {
        using var one = latents.Select([0]);
        var count = latents.Latents.Count;
        var observed = ModalitySet.All(count).Without(ModalitySet.Of(count - 1));
        Recover(); // the first pass also fetches memory
        return Enumerable.Range(0, Repetitions).Select(repetition =>
        {
            var clock = Stopwatch.StartNew();
            Recover();
            return clock.Elapsed.TotalSeconds;
        }).Order().ElementAt(Repetitions / 2);

        void Recover()
        {
            foreach (var x in recoverer.Recover(one.Latents, observed, one.Keys, draw: 0, progress: null, stop).Values)
            {
                _ = x[0, 0, 0].cpu(); // reading a number back is what waits for a device that works on its own
            }
        }
    }

    private static ReportCell Seconds(double? value) => new(value?.ToString(value < 1 ? "0.000" : "0.00", CultureInfo.InvariantCulture) ?? "");

    private static ReportCell Ratio(double? value) => new(value?.ToString("0.0x", CultureInfo.InvariantCulture) ?? "");

    private sealed record SamplingTime(int Nfe, double Seconds);
}
