using System.CommandLine;
using Amodal.Reproduction;

namespace Amodal.Cli.Commands;

/// <summary>amodal reproduce.</summary>
internal static class ReproduceCommand
{
    private const string ListName = "list";

    public static Command Create(Terminal terminal, CancellationToken stop)
    {
        var table = new Argument<string>("TABLE") { Description = $"{ListName}, or {string.Join(", ", Catalogue.Tables)}, or the path of a table's YAML file." };
        var data = new ListOption("--data") { Description = "Data file; repeated, the folds of one experiment, whose test utterances are pooled." };
        var output = new Option<string>("--out") { Description = "Folder for runs, measurements and tables; tables share its runs, and what is there is not made again." };
        var seeds = new Option<int>("--seeds") { Description = "Mask draws per missing rate, as the thesis's 5.", DefaultValueFactory = _ => 5 };
        var trainingSeeds = new Option<int>("--training-seeds") { Description = "Trainings of every run with seeds of their own; the thesis made one.", DefaultValueFactory = _ => 1 };
        var fast = new Option<bool>("--fast") { Description = "Networks for a CPU and few epochs, as the table's file declares." };
        var set = SharedOptions.Set("Change a setting of every row: key=value, such as score.epochs=5. May be repeated.");
        var thesis = new Option<string>("--thesis") { Description = "Whose numbers of the thesis stand beside ours, MOSI or MOSEI; what the data files' names say, else MOSI, unless given." };
        var jsonFile = new JsonFileOption("the table");
        var (device, threads) = (SharedOptions.Device(), SharedOptions.Threads());
        var command = new Command("reproduce", "Makes a table or figure of the thesis: trains what it needs, evaluates, and puts the thesis's numbers beside ours." + Examples.Of(
            "amodal reproduce list", "amodal reproduce 6.7 --data mosi.pkl --out reproduced --fast"))
        {
            table, data, output, seeds, trainingSeeds, fast, set, thesis, jsonFile, device, threads,
        };
        command.SetAction(parsed =>
        {
            var (name, overrides) = (parsed.GetValue(table)!, parsed.GetValue(set) ?? []);
            var torchDevice = SharedOptions.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            var files = parsed.GetValue(data) ?? [];
            var writeJson = parsed.GetValue(jsonFile);
            if (name.Equals(ListName, StringComparison.OrdinalIgnoreCase))
            {
                var shape = files.Length > 0 ? DataShape.Of(DataReading.Read(terminal, files[0], stop)) : DataShape.Mosi;
                ReproductionView.List(terminal, shape, Math.Max(1, files.Length) * Positive("--training-seeds", parsed.GetValue(trainingSeeds)), overrides, writeJson, stop);
                return;
            }

            var plan = TablePlan.Load(name, parsed.GetValue(fast), overrides);
            var options = new ReproductionOptions
            {
                DataFiles = files.Length > 0 || plan.Runs.Count == 0 ? files : throw new InputException("--data", null, $"is missing; table {plan.Name} trains {plan.Runs.Count} runs on it."),
                Folder = parsed.GetValue(output) ?? throw new InputException("--out", null, "is missing; name the folder for runs and tables."),
                MaskSeeds = Positive("--seeds", parsed.GetValue(seeds)),
                TrainingSeeds = Positive("--training-seeds", parsed.GetValue(trainingSeeds)),
                ThesisData = Thesis(parsed.GetValue(thesis)),
            };
            var result = terminal.WithProgress(bars => Reproducer.Run(plan, options, torchDevice, (what, done) => bars.Show(what, done), stop, DataReading.Limits(bars, stop)));
            var folder = Path.Combine(options.Folder, plan.IsFast ? $"{plan.Name}-fast" : plan.Name);
            var noReport = ReproductionFiles.Write(folder, result);
            ReproductionView.Print(terminal, result, writeJson);
            EvaluationView.Throw(noReport);
            terminal.Message($"The table is in {Path.Combine(folder, "table.md")}, and as report.html, table.csv and table.json beside it.");
        });
        return command;
    }

    private static int Positive(string option, int value) => value is >= 1 and <= 1000 ? value : throw new InputException(option, null, $"is {value}; give 1 to 1000.");

    private static string? Thesis(string? name) => name is null ? null : ThesisData.All.FirstOrDefault(d => d.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new InputException("--thesis", null, $"'{name}' is not known; give one of {string.Join(", ", ThesisData.All)}.");
}
