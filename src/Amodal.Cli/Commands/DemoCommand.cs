using Amodal.Data.Synthetic;

namespace Amodal.Cli.Commands;

/// <summary>amodal demo.</summary>
internal static class DemoCommand
{
    public static Command Create(Terminal terminal, CancellationToken stop)
    {
        var output = new Option<string>("--out") { Description = "Folder for the data, the run and the report.", DefaultValueFactory = _ => "demo" };
        var seed = SharedOptions.Seed("Seed of the data and of everything else.", unlessGiven: 1);
        var (device, threads, json) = (SharedOptions.Device(), SharedOptions.Threads(), SharedOptions.Json());
        var command = new Command("demo", "The main job on generated data: trains, evaluates, prints what came out and writes a report; a minute or two on two cores." + Examples.Of(
            "amodal demo -o demo"))
        {
            output, seed, device, threads, json,
        };
        command.SetAction(parsed =>
        {
            var torchDevice = SharedOptions.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            var folder = parsed.GetValue(output)!;
            var options = ExperimentFile.Preset("demo", seed: parsed.GetValue(seed));
            var data = Data(folder, parsed.GetValue(seed));
            var run = new RunDirectory(Path.Combine(folder, "run"));
            if (run.Exists)
            {
                terminal.Message($"{run.Path} is there: what it has finished is not trained again.");
            }

            TrainingView.Train(terminal, options, data, run, torchDevice, resume: run.Exists, reuse: null, stop);
            using var evaluator = new RunEvaluator([run.Path], dataFile: null, "test", torchDevice);
            var result = EvaluationView.Evaluate(terminal, evaluator, new EvaluationOptions(), evaluator.Sampler, nfeCurve: [], stop);
            var noReport = EvaluationView.WriteReport(terminal, Path.Combine(folder, "report"), evaluator, result); // first: what prints may be a pipe that is closed
            if (parsed.GetValue(json))
            {
                terminal.Json(new { result.Rows });
            }
            else
            {
                EvaluationView.Print(terminal, result);
            }

            EvaluationView.Throw(noReport);
        });
        return command;
    }

    private static DataSet Data(string folder, int seed)
    {
        var file = Path.Combine(folder, "data.npz");
        if (!File.Exists(file))
        {
            NpzWriter.Write(file, SyntheticData.Generate(new SyntheticOptions { Seed = seed }));
        }

        return DataFile.Read(file);
    }
}
