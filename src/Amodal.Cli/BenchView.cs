using Amodal.Benchmarks;
using Amodal.Configuration;
using Spectre.Console;
using static Amodal.Cli.NumberText;

namespace Amodal.Cli;

/// <summary>Shows what `amodal bench` found: tables, a JSON document, files.</summary>
internal static class BenchView
{
    private const int Format = 1;

    /// <summary>The JSON document.</summary>
    public static object Document(BenchReport report) => new
    {
        report.Note,
        report.Result.Machine,
        report.IsComplete,
        report.Result.Gemm,
        report.Peers,
        report.StartUps,
        Rows = report.Result.Rows.Select(row => new { Row = row, SpeedUpOver = SpeedUps(report, row) }),
        report.Scale,
    };

    public static void Print(Terminal terminal, BenchReport report)
    {
        terminal.Out.Write(Rows(report));
        if (report.StartUps.Count > 0)
        {
            terminal.Out.Write(StartUps(report));
        }

        if (report.Scale.Count > 0)
        {
            terminal.Out.Write(Scale(report));
        }

        var machine = report.Result.Machine;
        terminal.Message($"{machine.Processor}, {machine.Cores} cores; {machine.System}; .NET {machine.DotNet}, TorchSharp {machine.TorchSharp}.");
        foreach (var gemm in report.Result.Gemm)
        {
            terminal.Message($"GEMM: {Number(gemm.Gflops.Median, "F0")} GFLOP/s ({Spread(gemm.Gflops, 1, "F0")}) for a product of two {gemm.Size} x {gemm.Size} matrices on {gemm.Threads} threads, in turn with the rows.");
        }

        foreach (var peer in report.Peers)
        {
            terminal.Message($"{peer.Name}: {peer.Details ?? "says nothing of its libraries"}.");
        }

        terminal.Message(report.Note + " Times are medians of calls that take turns, with quartiles; '~' marks what was expected and not measured for lack of time (--seconds).");
        if (!report.IsComplete)
        {
            terminal.Message("Stopped: the table holds what was measured until then.");
        }
    }

    public static void Write(Terminal terminal, string folder, BenchReport report)
    {
        var document = Path.Combine(folder, "bench.json");
        JsonFile.Write(document, Format, Document(report));
        var (files, notes) = QualityChart.Write(folder, report.Result.Rows, report.Runs);
        foreach (var line in files.Prepend(document).Select(file => $"wrote {file}").Concat(notes))
        {
            terminal.Message(line);
        }
    }

    private static Dictionary<string, Quartiles> SpeedUps(BenchReport report, BenchRow row) => Peers(report)
        .Where(p => row.Engine != PeerSubject.EngineName && row.IsSameWorkAs(p))
        .Select(p => (p.Name, SpeedUp: row.SpeedUpOver(p))).Where(p => p.SpeedUp is not null).ToDictionary(p => p.Name, p => p.SpeedUp!);

    private static IEnumerable<BenchRow> Peers(BenchReport report) => report.Result.Rows.Where(r => r.Engine == PeerSubject.EngineName);

    private static Table Rows(BenchReport report)
    {
        var rows = report.Result.Rows;
        var peers = Peers(report).Select(r => r.Name).Distinct().ToList();
        var hasNeighbour = rows.Any(r => r.Slowdown is not null);
        var table = new Table().Border(TableBorder.Rounded).Title("recovery")
            .AddColumns("name", "engine", "task", "threads", "batch", "missing", "NFE", "GFLOP", "ms", "quartiles", "calls", "utterances/s", "GFLOP/s", "of GEMM", "peak growth, MiB");
        peers.ForEach(p => table.AddColumn($"times {Markup.Escape(p)}"));
        if (hasNeighbour)
        {
            table.AddColumn("slower beside a busy process");
        }

        foreach (var row in rows)
        {
            var speedUps = SpeedUps(report, row);
            List<string> cells =
            [
                row.Name, row.Engine, OptionNames.Of(row.Task), Whole(row.Threads), Whole(row.Batch), Whole(row.Missing), row.Nfe is { } nfe ? Whole(nfe) : "-",
                Number(row.Operations / 1e9, "F3"), row.Seconds is null && row.ExpectedSeconds is not null ? "~" + Number(1000 * row.ExpectedSeconds, "F0") : Number(1000 * row.Seconds?.Median, "F1"),
                Spread(row.Seconds, 1000, "F1"), Whole(row.Samples.Count), Number(row.UtterancesPerSecond, "F1"), Number(row.Gflops, "F1"),
                row.GemmShare is { } share ? Number(100 * share, "F0") + " %" : "-", Number(row.PeakGrowthBytes / (1024.0 * 1024), "F1"),
                .. peers.Select(p => speedUps.TryGetValue(p, out var times) ? $"{Number(times.Median, "F1")} ({Spread(times, 1, "F1")})" : "-"),
            ];
            if (hasNeighbour)
            {
                cells.Add(row.Slowdown is { } slowdown ? $"{Number(slowdown.Median, "F2")} ({Spread(slowdown, 1, "F2")})" : "-");
            }

            table.AddRow([.. cells.Select(Markup.Escape)]);
        }

        return table;
    }

    private static Table StartUps(BenchReport report)
    {
        var table = new Table().Border(TableBorder.Rounded).Title("fresh process, to its first recovery")
            .AddColumns("name", "engine", "seconds", "quartiles", "resident, MiB", "peak, MiB");
        foreach (var s in report.StartUps)
        {
            table.AddRow(
                Markup.Escape(s.Name), s.Engine, Number(s.Seconds.Median, "F2"), Spread(s.Seconds, 1, "F2"),
                Number(s.ResidentBytes / (1024.0 * 1024), "F0"), Number(s.PeakBytes / (1024.0 * 1024), "F0"));
        }

        return table;
    }

    private static Table Scale(BenchReport report)
    {
        var table = new Table().Border(TableBorder.Rounded).Title("streams through the whole path")
            .AddColumns("name", "engine", "threads", "missing", "utterances", "in parts of", "seconds", "ms per utterance", "peak growth, MiB");
        foreach (var s in report.Scale)
        {
            table.AddRow(
                Markup.Escape(s.Name), s.Engine, Whole(s.Threads), Whole(s.Missing), Whole(s.Utterances), Whole(s.Batch),
                s.Seconds is null ? "~" + Number(s.ExpectedSeconds, "F0") : Number(s.Seconds, "F1"), Number(s.MillisecondsEach, "F3"),
                Number(s.PeakGrowthBytes / (1024.0 * 1024), "F1"));
        }

        return table;
    }
}
