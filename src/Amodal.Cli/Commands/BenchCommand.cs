using System.CommandLine;
using System.CommandLine.Parsing;
using Amodal.Benchmarks;
using Amodal.Configuration;
using Amodal.Diffusion.Networks;
using Amodal.Native;
using Amodal.Training;

namespace Amodal.Cli.Commands;

/// <summary>amodal bench.</summary>
internal static class BenchCommand
{
    private const int Most = 1_000_000;

    public static Command Create(Terminal terminal, CancellationToken stop)
    {
        var runs = new Argument<string[]>("RUN")
        {
            Description = "Run directories, names of presets or experiment files; networks of the latter two are made fresh. All presets unless given.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var batches = new Option<string>("--batches") { Description = "Utterances in a call, comma-separated.", DefaultValueFactory = _ => "1,8,32,256" };
        var missing = new Option<string>("--missing") { Description = "How many modalities are missing, comma-separated.", DefaultValueFactory = _ => "1,2" };
        var threads = new Option<string>("--threads") { Description = "Numbers of threads to measure with, comma-separated; 0 takes one per core.", DefaultValueFactory = _ => "0" };
        var repeats = new Option<int>("--repeats") { Description = "Timed calls of every row.", DefaultValueFactory = _ => 15 };
        var seconds = new Option<double>("--seconds") { Description = "Time for all calls, after which no new one is begun; --scale has as much again.", DefaultValueFactory = _ => 120 };
        var precisions = new Option<string>("--precision")
        {
            Description = "What score networks are computed in, comma-separated: float32, bfloat16. Exported models keep the one they were exported in.",
            DefaultValueFactory = _ => OptionNames.Of(Precision.Float32),
        };
        var nfe = SharedOptions.Nfe();
        var peers = new Option<string[]>("--peer") { Description = "Command of another program to measure in turn with ours (bench/peers/README.md)." };
        var path = new Option<bool>("--path") { Description = "Time the whole path, too: encode, recover, align, fuse." };
        var scale = new Option<string>("--scale") { Description = "Send streams of so many utterances through the whole path: 1000,10000,100000." };
        var neighbour = new Option<bool>("--neighbour") { Description = "Time every call a second time beside a process that keeps a core busy." };
        var starts = new Option<int>("--starts") { Description = "Fresh processes that are timed from start to first recovery, of each RUN; 0 for none.", DefaultValueFactory = _ => 1 };
        var output = new Option<string>("--out") { Description = "Folder for bench.json and, where runs were evaluated, the chart of quality against time." };
        var json = SharedOptions.Json();
        var probe = new Option<bool>("--probe") { Hidden = true };
        var busy = new Option<bool>("--busy") { Hidden = true };
        var command = new Command("bench", "Measures what recoveries cost, side by side and in turns." + Examples.Of(
            "amodal bench speed cpu-speed --batches 1,32 --seconds 60",
            "amodal bench runs/mosi --peer \"/usr/bin/python3 bench/peers/peer_imder.py --checkout IMDer\" --out bench-report"))
        {
            runs, batches, missing, threads, repeats, seconds, precisions, nfe, peers, path, scale, neighbour, starts, output, json, probe, busy,
        };
        command.Subcommands.Add(BenchTrainingCommand.Create(terminal, stop));
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(busy))
            {
                BusyProcess.Serve(Console.In, Console.Out);
                return;
            }

            var options = new BenchOptions
            {
                Batches = Numbers("--batches", parsed.GetValue(batches)!, 1, Most),
                Missing = Numbers("--missing", parsed.GetValue(missing)!, 1, 31),
                Threads = [.. Numbers("--threads", parsed.GetValue(threads)!, int.MinValue, int.MaxValue).Select(t => ThreadCount.Of(t, "--threads"))],
                Tasks = parsed.GetValue(path) ? [BenchTask.Recovery, BenchTask.Path] : [BenchTask.Recovery],
                Repeats = Within("--repeats", parsed.GetValue(repeats), 1, Most),
                Seconds = parsed.GetValue(seconds) is > 0 and <= 1e6 and var s ? s : throw new InputException("--seconds", null, "must be above 0, and at most 1000000."),
            };
            var request = new BenchRequest(
                parsed.GetValue(runs) is { Length: > 0 } named ? named : Presets.Names, options,
                [.. parsed.GetValue(precisions)!.Split(',', StringSplitOptions.TrimEntries).Select(p => PrecisionChoice.Of(p, PrecisionChoice.OfTorch)).Distinct()], parsed.GetValue(nfe),
                [.. (parsed.GetValue(peers) ?? []).Select(p => CommandLineParser.SplitCommandLine(p).ToList())],
                parsed.GetValue(scale) is { } counts ? Numbers("--scale", counts, 1, 1_000_000_000) : [],
                parsed.GetValue(neighbour), Within("--starts", parsed.GetValue(starts), 0, 1000));
            if (parsed.GetValue(probe))
            {
                BenchRun.Probe(terminal, request, stop);
                return;
            }

            var report = BenchRun.Measure(terminal, request, stop);
            if (parsed.GetValue(json))
            {
                terminal.Json(BenchView.Document(report));
            }
            else
            {
                BenchView.Print(terminal, report);
            }

            if (parsed.GetValue(output) is { } folder)
            {
                BenchView.Write(terminal, folder, report);
            }

            stop.ThrowIfCancellationRequested(); // what was measured is kept and shown; that it was stopped, the exit code says
        });
        return command;
    }

    private static List<int> Numbers(string option, string text, int least, int most) =>
        NumberList.Parse<int>(option, text, n => n >= least && n <= most, $"whole numbers from {least} to {most}");

    private static int Within(string option, int value, int least, int most) => value >= least && value <= most
        ? value
        : throw new InputException(option, null, $"is {value}; give {least} to {most}.");
}
