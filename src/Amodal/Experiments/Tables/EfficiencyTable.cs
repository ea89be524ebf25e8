namespace Amodal.Experiments.Tables;

/// <summary>Parameters, operations, time and memory of the rows' score networks, at the thesis's latents of 32 x 48 and two conditions.</summary>
internal sealed class EfficiencyTable : ITable
{
    /// <summary>The thesis's columns, and what of a profile stands in each; nothing is trained here.</summary>
    private static readonly (string Column, string Heading, string Format, Func<BackboneProfile, double>? Ours)[] _columns =
    [
        ("parameters_M", "parameters, M", "0.00", p => p.Parameters / 1e6),
        ("flops_G", "FLOPs, G", "0.000", p => p.Flops / 1e9),
        ("inference_ms", "time of a pass, ms", "0.0", p => p.Times.First(t => t.Batch == 1).Milliseconds),
        ("memory_MB", "memory of the parameters, MiB", "0.0", p => p.ParameterBytes / (1024.0 * 1024)), // the thesis writes MB, and counts as here
        ("training_hours", "training, hours", "0.00", null),
    ];

    private readonly Order _order;

    public EfficiencyTable(Order order)
    {
        _order = order;
        Jobs = [.. order.Plan.Own.Select(row =>
        {
            var key = Key.Of("profile", YamlOptions.Write(row.Run!.Backbone), Key.Circumstances(order.Workshop.Device), Key.Machine);
            var path = order.Workshop.Store.Measurement("profile", key);
            return new Job(JobKind.Measure, $"profile-{key}", $"{row.Label}: profile", path, [], (progress, stop) =>
            {
                progress?.Invoke($"{row.Label}: profile", 0);
                Store.Write(path, BackboneProfiler.Measure(new ProfileOptions { Backbones = [row.Run.Backbone] }, order.Workshop.Device, stop: stop)[0]);
                progress?.Invoke($"{row.Label}: profile", 1);
            });
        })];
    }

    public IReadOnlyList<Job> Jobs { get; }

    public TableContent Gather(Action<string, double>? progress, CancellationToken stop)
    {
        List<(PlannedRow Row, BackboneProfile Profile)> profiles = [.. _order.Plan.Own.Zip(Jobs, (row, job) => (row, Store.Read<BackboneProfile>(job.Path)))];
        return new TableContent { Rows = [.. profiles.Select(p => Row(p.Row, p.Profile))], Tables = [Table(_order.Plan, profiles)] };
    }

    internal static ComparisonRow Row(PlannedRow row, BackboneProfile profile) => new(row.Label, ComparisonPart.Method, "profile", "one utterance, two conditions",
        [.. _columns.Select(c => new ComparisonCell(c.Column, c.Ours is null ? null : new Estimate(c.Ours(profile), double.NaN, double.NaN), Thesis(row, c.Column)))]);

    private static ReportTable Table(Plan plan, IReadOnlyList<(PlannedRow Row, BackboneProfile Profile)> profiles) => new(
        plan.Table.Title,
        ["network", .. _columns.SelectMany(c => c.Ours is null ? new[] { $"thesis, {c.Heading}" } : [c.Heading, "thesis"]), "time at batch 32, ms"],
        [.. profiles.Select(p => (IReadOnlyList<ReportCell>)
        [
            ReportCell.Words(p.Row.Label),
            .. _columns.SelectMany(c => c.Ours is null ? new[] { Number(Thesis(p.Row, c.Column), c.Format) } : [Number(c.Ours(p.Profile), c.Format), Number(Thesis(p.Row, c.Column), c.Format)]),
            Number(p.Profile.Times.First(t => t.Batch == 32).Milliseconds, "0.0"),
        ])])
    {
        Note = plan.Table.Note,
    };

    private static double? Thesis(PlannedRow row, string column) =>
        Reference.Efficiency.TryGetValue(row.Thesis, out var columns) && columns.TryGetValue(column, out var value) ? value : null;

    private static ReportCell Number(double? value, string format) => new(value?.ToString(format, CultureInfo.InvariantCulture) ?? "");
}
