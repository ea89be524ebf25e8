using System.CommandLine;
using Amodal.Training;

namespace Amodal.Cli.Commands;

/// <summary>amodal train.</summary>
internal static class TrainCommand
{
    public static Command Create(Terminal terminal, CancellationToken stop)
    {
        var config = new Option<string>("--config") { Description = "Experiment: the name of a preset, or a YAML file. Presets (amodal presets): realtime (one evaluation, the mean; best on a processor), fast (few evaluations, samples), cpu-speed and cpu-quality (many, small networks), speed and quality (the thesis's sizes), thesis-*, imder.", Required = true };
        var data = SharedOptions.Data();
        var output = new Option<string>("--out") { Description = "Run directory to make.", Required = true };
        var set = SharedOptions.Set("Change a setting: key=value, such as backbone.width=64. May be repeated.");
        var seed = SharedOptions.Seed("Seed of everything random, instead of the config's.");
        var resume = new Option<bool>("--resume") { Description = "Go on with the run in --out from its last finished epoch." };
        var reuse = new Option<string>("--reuse") { Description = "Run on the same data and seed whose stages are taken over where their settings are the same." };
        var (device, threads, json) = (SharedOptions.Device(), SharedOptions.Threads(), SharedOptions.Json());
        var command = new Command("train", "Trains the two-stage method and its rivals into a run directory." + Examples.Of(
            "amodal train --config cpu-quality --data mosi.pkl --out runs/mosi --seed 1"))
        {
            config, data, output, set, seed, resume, reuse, device, threads, json,
        };
        command.SetAction(parsed =>
        {
            var overrides = parsed.GetValue(set) ?? [];
            var options = ExperimentFile.Load(parsed.GetValue(config)!, seed: parsed.GetValue(seed), overrides: overrides);
            var torchDevice = parsed.GetValue(threads) is not 0 and var t
                ? SharedOptions.Prepare(parsed.GetValue(device)!, t)
                : SharedOptions.Prepare(parsed.GetValue(device)!, options.Threads, parsed.GetValue(config)!, "threads");
            options = parsed.GetValue(threads) == 0 ? options : options with { Threads = parsed.GetValue(threads) };
            var dataSet = DataReading.Read(terminal, parsed.GetValue(data)!, stop);
            terminal.Notes(dataSet.Notes);

            var run = new RunDirectory(parsed.GetValue(output)!);
            var curves = TrainingView.Train(terminal, options, dataSet, run, torchDevice, parsed.GetValue(resume), parsed.GetValue(reuse) is { } other ? new RunDirectory(other) : null, stop);
            var reached = TrainingView.Validate(terminal, run, parsed.GetValue(data)!, torchDevice, stop);
            if (parsed.GetValue(json))
            {
                terminal.Json(new { run = run.Path, stages = curves, validation = reached?.Rows });
                return;
            }

            TrainingView.Print(terminal, curves);
            if (reached is not null)
            {
                TrainingView.PrintReached(terminal, reached);
            }

            terminal.Message($"The run is in {run.Path}. Next: amodal evaluate {parsed.GetValue(output)}");
        });
        return command;
    }
}
