using System.CommandLine;
using Amodal.Cli;
using Amodal.Data;
using Amodal.Runs;
using Amodal.Training;

namespace Amodal.Bench;

/// <summary>lab training.</summary>
internal static class TrainingCommand
{
    public static Command Create(Terminal terminal, CancellationToken stop)
    {
        var config = new Argument<string>("EXPERIMENT") { Description = "Experiment to train: the name of a preset, or a YAML file." };
        var data = SharedOptions.Data(required: false);
        data.Description += " Random features of CMU-MOSI's shapes and numbers unless given, trained without early stopping.";
        var set = SharedOptions.Set("Change a setting: key=value. May be repeated.");
        var peers = Laboratory.Peers();
        var rates = new Option<string>("--rates") { Description = "Missing rates that the peer would be trained for, 0.1 to 0.7, comma-separated.", DefaultValueFactory = _ => "0.1,0.3,0.7" };
        var best = new Option<string>("--best-epochs") { Description = "Epochs at which the peer's validation would be best, comma-separated; its patience is added. 1 is the least that it could need.", DefaultValueFactory = _ => "1,6" };
        var threads = new Option<int>("--threads") { Description = "Threads on both sides; 0 takes one per core.", DefaultValueFactory = _ => 1 };
        var output = new Option<string>("--out") { Description = "Keep the run in this folder." };
        var json = SharedOptions.Json();
        var command = new Command("training", "Measures how long training takes from raw features to a trained model, beside another program's." + Examples.Of(
            "lab training two-stage-realtime --peer \"/usr/bin/python3 bench/peers/peer_imder.py --checkout IMDer\""))
        {
            config, data, set, peers, rates, best, threads, output, json,
        };
        command.SetAction(parsed =>
        {
            var options = ExperimentFile.Load(parsed.GetValue(config)!, overrides: set.Of(parsed));
            _ = SharedOptions.Prepare("cpu", parsed.GetValue(threads));
            var bench = new TrainingBenchOptions
            {
                Rates = NumberList.Parse<double>("--rates", parsed.GetValue(rates)!, r => r is >= 0.1 and <= 0.7, "missing rates from 0.1 to 0.7"),
                BestEpochs = NumberList.Parse<int>("--best-epochs", parsed.GetValue(best)!, n => n is >= 1 and <= 100_000, "whole numbers from 1 to 100000"),
            };
            var file = parsed.GetValue(data);
            var dataSet = file is null ? TrainingBench.RandomData() : DataReading.Read(terminal, file, stop);
            var result = Measure(terminal, file is null ? TrainingBench.EveryEpoch(options) : options, dataSet, parsed.GetValue(output), parsed.GetValue(peers), bench, stop);
            if (parsed.GetValue(json))
            {
                terminal.Json(result);
            }
            else
            {
                TrainingBenchView.Print(terminal, result);
            }
        });
        return command;
    }

    /// <summary>Starts the peers, and trains into a folder of its own.</summary>
    private static TrainingBenchResult Measure(
        Terminal terminal, ExperimentOptions options, DataSet data, string? output, string[]? commands, TrainingBenchOptions bench, CancellationToken stop)
    {
        IReadOnlyList<PeerSubject> peers = [];
        var temporary = output is null ? Directory.CreateTempSubdirectory("amodal-bench-") : null;
        try
        {
            peers = Laboratory.Start(commands, stop);
            var run = new RunDirectory(output ?? Path.Combine(temporary!.FullName, "run"));
            return terminal.WithProgress(bars => TrainingBench.Measure(options, data, run, peers, bench, progress: TrainingView.Progress(bars), stop: stop));
        }
        finally
        {
            peers.ToList().ForEach(p => p.Dispose());
            temporary?.Delete(recursive: true);
        }
    }
}
