using Amodal.Benchmarks;
using Amodal.Cli;
using Spectre.Console;
using static Amodal.Cli.NumberText;

namespace Amodal.Bench;

/// <summary>What `lab recover` found.</summary>
/// <param name="Note">What is to be known about the subjects.</param>
/// <param name="Result">The rows, of those beside a busy process, too.</param>
/// <param name="StartUps">Fresh processes.</param>
/// <param name="Scale">Streams.</param>
/// <param name="Peers">What other programs said of themselves.</param>
/// <param name="Runs">Run directories by name.</param>
/// <param name="IsComplete">False if it was stopped at any point; what was measured until then is there.</param>
internal sealed record RecoverReport(
    string Note, BenchResult Result, IReadOnlyList<StartUp> StartUps, IReadOnlyList<ScaleRow> Scale,
    IReadOnlyList<PeerGreeting> Peers, IReadOnlyDictionary<string, string> Runs, bool IsComplete)
{
    /// <summary>The rows without those beside a busy process.</summary>
    public IEnumerable<BenchRow> Rows => Result.Rows.Where(r => !BesideSubject.IsNameOfOne(r.Name));

    /// <summary>The JSON document.</summary>
    public object Document => new
    {
        Note,
        Result.Machine,
        IsComplete,
        Result.Gemm,
        Peers,
        StartUps,
        Rows = Rows.Select(row => new { Row = row, Slowdown = Slowdown(row), SpeedUpOver = SpeedUps(row) }),
        Scale,
    };

    public void Print(Terminal terminal)
    {
        var columns = Rows.Where(r => r.Engine == PeerSubject.EngineName).Select(p => p.Name).Distinct()
            .Select(peer => ($"times {peer}", (Func<BenchRow, string>)(row => Ratio(SpeedUps(row).GetValueOrDefault(peer), "F1")))).ToList();
        if (Rows.Any(r => Slowdown(r) is not null))
        {
            columns.Add(("slower beside a busy process", row => Ratio(Slowdown(row), "F2")));
        }

        terminal.Out.Write(BenchView.Rows(Rows, columns));
        if (StartUps.Count > 0)
        {
            terminal.Out.Write(StartTable());
        }

        if (Scale.Count > 0)
        {
            terminal.Out.Write(ScaleTable());
        }

        foreach (var peer in Peers)
        {
            terminal.Message($"{peer.Name}: {peer.Details ?? "says nothing of its libraries"}.");
        }

        BenchView.PrintFacts(terminal, Result with { IsComplete = IsComplete }, Note);
    }

    /// <summary>How many times longer a call took beside a busy process, pair by pair.</summary>
    private Quartiles? Slowdown(BenchRow row) => Result.Rows
        .FirstOrDefault(other => other.Name == BesideSubject.NameOf(row.Name) && other.Engine == row.Engine && other.IsSameWorkAs(row)) is { } beside
        ? beside.TimesAsLongAs(row) : null;

    private Dictionary<string, Quartiles> SpeedUps(BenchRow row) => Rows
        .Where(p => p.Engine == PeerSubject.EngineName && row.Engine != PeerSubject.EngineName && row.IsSameWorkAs(p))
        .Select(p => (p.Name, SpeedUp: p.TimesAsLongAs(row))).Where(p => p.SpeedUp is not null).ToDictionary(p => p.Name, p => p.SpeedUp!);

    private static string Ratio(Quartiles? times, string format) => times is null ? "-" : $"{Number(times.Median, format)} ({Spread(times, 1, format)})";

    private Table StartTable()
    {
        var table = new Table().Border(TableBorder.Rounded).Title("fresh process, to its first recovery")
            .AddColumns("name", "engine", "seconds", "quartiles", "resident, MiB", "peak, MiB");
        foreach (var s in StartUps)
        {
            table.AddRow(
                Markup.Escape(s.Name), s.Engine, Number(s.Seconds.Median, "F2"), Spread(s.Seconds, 1, "F2"),
                Number(s.ResidentBytes / (1024.0 * 1024), "F0"), Number(s.PeakBytes / (1024.0 * 1024), "F0"));
        }

        return table;
    }

    private Table ScaleTable()
    {
        var table = new Table().Border(TableBorder.Rounded).Title("streams through the whole path")
            .AddColumns("name", "engine", "threads", "missing", "utterances", "in parts of", "seconds", "ms per utterance", "peak growth, MiB");
        foreach (var s in Scale)
        {
            table.AddRow(
                Markup.Escape(s.Name), s.Engine, Whole(s.Threads), Whole(s.Missing), Whole(s.Utterances), Whole(s.Batch),
                s.Seconds is null ? "~" + Number(s.ExpectedSeconds, "F0") : Number(s.Seconds, "F1"), Number(s.MillisecondsEach, "F3"),
                Number(s.PeakGrowthBytes / (1024.0 * 1024), "F1"));
        }

        return table;
    }
}
