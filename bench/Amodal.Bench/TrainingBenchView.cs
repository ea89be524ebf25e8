using Amodal.Cli;
using Spectre.Console;
using static Amodal.Cli.NumberText;

namespace Amodal.Bench;

/// <summary>Shows what `lab training` found.</summary>
internal static class TrainingBenchView
{
    public static void Print(Terminal terminal, TrainingBenchResult result)
    {
        terminal.Out.Write(Stages(result));
        foreach (var peer in result.Peers)
        {
            terminal.Out.Write(Steps(peer));
            terminal.Out.Write(Times(peer));
        }

        terminal.Message($"{BenchView.Machine(result.Machine)} {result.Threads} threads on each side.");
        if (result.Peers.Count > 0)
        {
            terminal.Message("The peer's time is its steps' medians times the steps of an epoch times the epochs; loading, validation and saving are left out of it, and counted in ours.");
        }
    }

    private static Table Stages(TrainingBenchResult result)
    {
        var table = new Table().Border(TableBorder.Rounded).Title($"training on {result.Utterances} utterances")
            .AddColumns("stage", "epochs", "seconds", "validation loss", "");
        foreach (var s in result.Stages)
        {
            table.AddRow(s.Stage, Whole(s.Epochs), Number(s.Seconds, "F1"), Number(s.ValidLoss, "F4"), s.IsBaseline ? "a baseline, not counted" : "");
        }

        return table.AddRow("from raw features", "", Number(result.Seconds, "F1"), "", "");
    }

    private static Table Steps(PeerTrainingCost peer)
    {
        var table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape($"{peer.Name}, a training step"))
            .AddColumns("missing", "seconds", "quartiles", "steps");
        foreach (var s in peer.Steps)
        {
            table.AddRow(Whole(s.Missing), Number(s.Seconds.Median, "F2"), Spread(s.Seconds, 1, "F2"), Whole(s.Steps));
        }

        return table;
    }

    private static Table Times(PeerTrainingCost peer)
    {
        var table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape($"{peer.Name}, extrapolated"))
            .AddColumns("missing rate", "steps of an epoch that miss 0, 1, 2", "epochs", "hours", "times ours");
        foreach (var t in peer.Times)
        {
            table.AddRow(Number(t.Rate, "0.0#"), string.Join(", ", t.Steps.Select(s => Whole(s))), Whole(t.Epochs), Number(t.Seconds / 3600, "F2"), Number(t.TimesOurs, "F1"));
        }

        return table;
    }
}
