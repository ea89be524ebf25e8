using static Amodal.Cli.NumberText;

namespace Amodal.Cli;

/// <summary>Shows what a benchmark of recoveries found.</summary>
internal static class BenchView
{
    private const int Format = 1;

    public static Table Rows(IEnumerable<BenchRow> rows, params IEnumerable<(string Heading, Func<BenchRow, string> Cell)> more)
    {
        var table = new Table().Border(TableBorder.Rounded).Title("recovery")
            .AddColumns("name", "engine", "task", "threads", "batch", "missing", "NFE", "GFLOP", "ms", "quartiles", "calls", "utterances/s", "GFLOP/s", "of GEMM", "peak growth, MiB")
            .AddColumns([.. more.Select(m => Markup.Escape(m.Heading))]);
        foreach (var row in rows)
        {
            List<string> cells =
            [
                row.Name, row.Engine, OptionNames.Of(row.Task), Whole(row.Threads), Whole(row.Batch), Whole(row.Missing), row.Nfe is { } nfe ? Whole(nfe) : "-",
                Number(row.Operations / 1e9, "F3"), row.Seconds is null && row.ExpectedSeconds is not null ? "~" + Number(1000 * row.ExpectedSeconds, "F0") : Number(1000 * row.Seconds?.Median, "F1"),
                Spread(row.Seconds, 1000, "F1"), Whole(row.Samples.Count), Number(row.UtterancesPerSecond, "F1"), Number(row.Gflops, "F1"),
                row.GemmShare is { } share ? Number(100 * share, "F0") + " %" : "-", Number(row.PeakGrowthBytes / (1024.0 * 1024), "F1"),
                .. more.Select(m => m.Cell(row)),
            ];
            table.AddRow([.. cells.Select(Markup.Escape)]);
        }

        return table;
    }

    /// <summary>What is to be known beside the table.</summary>
    public static void PrintFacts(Terminal terminal, BenchResult result, string note)
    {
        terminal.Message(Machine(result.Machine));
        foreach (var gemm in result.Gemm)
        {
            terminal.Message($"GEMM: {Number(gemm.Gflops.Median, "F0")} GFLOP/s ({Spread(gemm.Gflops, 1, "F0")}) for a product of two {gemm.Size} x {gemm.Size} matrices on {gemm.Threads} threads, in turn with the rows.");
        }

        terminal.Message(note + " Times are medians of calls that take turns, with quartiles; '~' marks what was expected and not measured for lack of time (--seconds).");
        if (!result.IsComplete)
        {
            terminal.Message("Stopped: the table holds what was measured until then.");
        }
    }

    public static string Machine(BenchMachine machine) =>
        $"{machine.Processor}, {machine.Cores} cores; {machine.System}; .NET {machine.DotNet}, TorchSharp {machine.TorchSharp}.";

    /// <summary>Writes the document and, where runs were evaluated, the chart of quality against time.</summary>
    public static void Write(Terminal terminal, string folder, object document, IReadOnlyList<BenchRow> rows, IReadOnlyDictionary<string, string> runs)
    {
        var path = Path.Combine(folder, "bench.json");
        JsonFile.Write(path, Format, document);
        var (files, notes) = QualityChart.Write(folder, rows, runs);
        foreach (var line in files.Prepend(path).Select(file => $"wrote {file}").Concat(notes))
        {
            terminal.Message(line);
        }
    }
}
