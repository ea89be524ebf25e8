using System.Diagnostics;

namespace Amodal.Experiments.Tables;

/// <summary>What sampling costs: evaluations and seconds of every row, and beside a reference row the gain in speed and the change of the first metric.</summary>
internal sealed class SamplingTable
{
    private const int Repetitions = 3;
    private readonly Order _order;
    private readonly IReadOnlyDictionary<string, Job> _jobs;

    public SamplingTable(Order order)
    {
        _order = order;
        _jobs = order.Plan.Sampled.ToDictionary(r => r.Label, r => Job(order, r));
    }

    /// <summary>A measurement per row.</summary>
    public IEnumerable<Job> Jobs => _jobs.Values;

    public IEnumerable<ReportTable> ToTable(IReadOnlyList<ComparisonRow> rows)
    {
        var plan = _order.Plan;
        var measured = _jobs.ToDictionary(j => j.Key, j => Store.Read<SamplingTime>(j.Value.Path));
        var hasReference = _jobs.ContainsKey(plan.Table.Reference);
        var metric = MetricStyle.Of(plan.Metrics[0]).Short;
        return
        [
            new ReportTable("Cost of sampling",
                ["row", "NFE", "seconds", "thesis, seconds", .. hasReference
                    ? new[] { "speed", "thesis, speed", $"{metric} change", $"thesis, {metric} change" } : []],
                [.. plan.Sampled.Select(r => (IReadOnlyList<ReportCell>)
                [
                    ReportCell.Words(r.Label), new ReportCell(measured[r.Label].Nfe.ToString(CultureInfo.InvariantCulture)),
                    Seconds(measured[r.Label].Seconds), Seconds(Reference.SamplingSeconds(r.Thesis)),
                    .. hasReference ? Beside(plan, rows, r, measured) : [],
                ])])
            {
                Note = $"Recovery of one modality of one utterance from the others, median of {Repetitions}, on this machine ({Key.Machine}; {Key.Threads}, {_order.Workshop.Device}), as busy as it was; "
                    + $"the thesis's seconds are of its GPU.{(_order.Request.TrainingSeeds * _order.Data.Count > 1 ? " What one run takes any takes: times are of the first fold and training seed." : "")}",
            },
        ];
    }

    private static IEnumerable<ReportCell> Beside(Plan plan, IReadOnlyList<ComparisonRow> rows, PlannedRow row, Dictionary<string, SamplingTime> measured)
    {
        var reference = plan.Rows.First(r => r.Label == plan.Table.Reference);
        yield return Ratio(measured[reference.Label].Seconds / measured[row.Label].Seconds);
        yield return Ratio(Reference.SamplingSeconds(reference.Thesis) / Reference.SamplingSeconds(row.Thesis));
        var style = MetricStyle.Of(plan.Metrics[0]);
        var (ours, theirs) = (Cell(row.Label), Cell(reference.Label));
        yield return new ReportCell(ours?.Ours is { } a && theirs?.Ours is { } b ? style.ShowDifference(a.Value - b.Value) : "");
        yield return new ReportCell(ours?.Thesis is { } c && theirs?.Thesis is { } d ? style.ShowDifference(c - d) : "");

        ComparisonCell? Cell(string label) => rows.FirstOrDefault(r => r.Label == label && r.Case == ProtocolEvaluator.AverageIncomplete)?.Cells[0];
    }

    private static Job Job(Order order, PlannedRow row) => order.Workshop.Measure(
        "sampling", order.FirstRun(row), [YamlOptions.Write(row.Sampler!), Key.Machine], $"{row.Label}: time of sampling", (run, data, _, stop) =>
    {
        using var scope = NewDisposeScope();
        using var whole = new TorchMethod(run);
        using var latents = run.EncodeLatents(data, Workshop.Split);
        return new SamplingTime(whole.With(row.Sampler!).Nfe, Seconds(run.Method.CreatePath(0, row.Sampler!), latents, stop));
    });

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

    /// <summary>Network evaluations of a recovery, and how long it took.</summary>
    internal sealed record SamplingTime(int Nfe, double Seconds);
}
