namespace Amodal.Cli.Commands;

/// <summary>amodal train.</summary>
internal static class TrainCommand
{
    public static Command Create(Terminal terminal, CancellationToken stop)
    {
        var experiment = new Argument<string>("EXPERIMENT") { Description = "The name of a preset, or a YAML file; a file that is called like a preset is ./NAME. Presets (amodal presets): fast (what to begin with: conditional means and a small network), quality (four networks), realtime (smaller), two-stage-fast and two-stage-realtime (recover by diffusion in few evaluations), cpu-speed and cpu-quality (in many, small networks), speed and two-stage-quality (the thesis's sizes), thesis-*, imder, and every other method by its name." };
        var data = SharedOptions.Data();
        var also = new Option<string>("--also") { Description = "Utterances that train what needs no label: data in any form, whose labels are ignored; modalities are found by name." };
        var target = SharedOptions.Target();
        var output = new Option<string>("--out") { Description = "Run directory to make.", Required = true };
        var set = SharedOptions.Set("Settings over the experiment's: key=value, such as backbone.width=64.");
        var seed = SharedOptions.Seed("Seed of everything random, instead of the experiment's.");
        var resume = new Option<bool>("--resume") { Description = "Go on with the run in --out after its last finished epoch, or begin it if there is none. Settings, data, threads and device must be those it was begun with." };
        var reuse = new Option<string>("--reuse") { Description = "Take over the stages of this run that would come out the same: same data, seed, threads, device and settings of the stage." };
        var (device, threads, json) = (SharedOptions.Device(), SharedOptions.Threads(), SharedOptions.Json());
        var command = new Command("train", "Trains an experiment, and the baselines it is compared with, into a run directory." + Examples.Of(
            "amodal train fast --data mosi.pkl -o runs/mosi --seed 1"))
        {
            experiment, data, also, target, output, set, seed, resume, reuse, device, threads, json,
        };
        command.SetAction(parsed =>
        {
            var name = parsed.GetValue(experiment)!;
            var options = ExperimentFile.Load(name, seed: parsed.GetValue(seed), overrides: set.Of(parsed), note: text => terminal.Notes([text]));
            var torchDevice = parsed.GetValue(threads) is not 0 and var t
                ? SharedOptions.Prepare(parsed.GetValue(device)!, t)
                : SharedOptions.Prepare(parsed.GetValue(device)!, options.Threads, name, "threads");
            options = parsed.GetValue(threads) == 0 ? options : options with { Threads = parsed.GetValue(threads) };
            var run = new RunDirectory(parsed.GetValue(output)!);
            var asked = SharedOptions.TargetOf(parsed, target) ?? (parsed.GetValue(resume) && run.Exists ? run.ReadManifest().Target : null);
            var dataSet = DataReading.Read(terminal, parsed.GetValue(data)!, stop, target: asked);
            if (parsed.GetValue(also) is { } more)
            {
                dataSet = dataSet.WithUnlabelled(DataReading.Read(terminal, limits => DataFile.ReadUnlabelled(more, limits: limits), stop));
            }

            terminal.Notes(dataSet.Notes);
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

            terminal.Message($"The run is in {run.Path}. Next: amodal evaluate {run.Path}");
        });
        return command;
    }
}
