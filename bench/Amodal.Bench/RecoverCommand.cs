using System.CommandLine;
using Amodal.Benchmarks;
using Amodal.Cli;

namespace Amodal.Bench;

/// <summary>lab recover: `amodal bench` with other programs, a busy process beside it, streams and fresh processes.</summary>
internal static class RecoverCommand
{
    public static Command Create(Terminal terminal, CancellationToken stop)
    {
        var arguments = new BenchArguments();
        var peers = Laboratory.Peers();
        var scale = new Option<string>("--scale") { Description = "Send streams of so many utterances through the whole path, for as long again as --seconds: 1000,10000,100000." };
        var neighbour = new Option<bool>("--neighbour") { Description = "Time every call a second time beside a process that keeps a core busy." };
        var starts = new Option<int>("--starts") { Description = "Fresh processes that are timed from start to first recovery, of each RUN." };
        var command = new Command("recover", "Measures what recoveries cost, in turns with other programs." + Examples.Of(
            "lab recover runs/mosi --peer \"/usr/bin/python3 bench/peers/peer_imder.py --checkout IMDer\" --out bench-report",
            "lab recover two-stage-realtime --path --scale 1000,10000 --neighbour --starts 5"));
        arguments.AddTo(command);
        foreach (var option in (Option[])[peers, scale, neighbour, starts])
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            var streams = parsed.GetValue(scale) is { } counts ? BenchArguments.Numbers("--scale", counts, 1, 1_000_000_000) : [];
            var report = Measure(
                terminal, arguments.Read(parsed), parsed.GetValue(peers), streams, parsed.GetValue(neighbour),
                BenchArguments.Within("--starts", parsed.GetValue(starts), 0, 1000), stop);
            if (parsed.GetValue(arguments.Json))
            {
                terminal.Json(report.Document);
            }
            else
            {
                report.Print(terminal);
            }

            if (parsed.GetValue(arguments.Output) is { } folder)
            {
                BenchView.Write(terminal, folder, report.Document, [.. report.Rows], report.Runs);
            }

            stop.ThrowIfCancellationRequested(); // what was measured is kept and shown; that it was stopped, the exit code says
        });
        return command;
    }

    private static RecoverReport Measure(
        Terminal terminal, BenchRequest request, string[]? commands, IReadOnlyList<int> streams, bool isBeside, int starts, CancellationToken stop)
    {
        IReadOnlyList<IBenchSubject> models = [];
        IReadOnlyList<PeerSubject> peers = [];
        try
        {
            models = request.Open();
            peers = Laboratory.Start(commands, stop);
            using var neighbour = isBeside ? new BusyProcess() : null;
            return terminal.WithProgress(bars =>
            {
                var fresh = StartUps.Measure(request, models, starts, done => bars.Show("start", done), stop);
                bars.Finish("start");
                IBenchSubject[] alone = [.. models, .. peers];
                var result = RecoveryBench.Measure(
                    neighbour is null ? alone : [.. alone.SelectMany(s => new[] { s, new BesideSubject(s, neighbour) })], request.Options,
                    progress: done => bars.Show("recover", done), stop: stop);
                bars.Finish("recover");
                var scale = streams.Count == 0 || stop.IsCancellationRequested ? [] : ScaleBench.Measure(
                    models, streams, request.Options.Batches.Max(), Math.Min(2, models.Min(m => m.MostMissing)), request.Options.Threads.Max(),
                    request.Options.Seconds, progress: (name, count, done) => bars.Show($"{name}, {count} utterances", done), stop: stop);
                return new RecoverReport(request.Note, result, fresh, scale, [.. peers.Select(p => p.Greeting)], request.Runs(models), !stop.IsCancellationRequested);
            });
        }
        finally
        {
            foreach (var subject in models.Concat(peers))
            {
                subject.Dispose();
            }
        }
    }
}
