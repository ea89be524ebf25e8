namespace Amodal.Cli.Commands;

/// <summary>amodal experiment: list, show, plan, run, report.</summary>
internal static class ExperimentCommand
{
    public static Command Create(Terminal terminal, CancellationToken stop) => new("experiment", "Tables and figures made by declaration: the thesis's, our ablations, your own.")
    {
        List(terminal), Show(terminal), Plan(terminal, stop), Run(terminal, stop), Report(terminal),
    };

    private static Argument<string> Name() => new("NAME") { Description = $"{string.Join(", ", Library.Names)}, or the path of a declaration's YAML file." };

    internal static Option<bool> Fast() => new("--fast") { Description = "Networks for a CPU and few epochs, as the declaration says." };

    private static ListOption Data() => new("--data") { Description = "Data file; several are the folds of one experiment, whose test utterances are pooled." };

    internal static ListOption Set() => SharedOptions.Set("Settings of every row: key=value, such as score.epochs=5.");

    internal static Option<int> TrainingSeeds() => new("--training-seeds") { Description = "Trainings of every run with seeds of their own; the thesis made one.", DefaultValueFactory = _ => 1 };

    internal static Option<string> Task() => new("--task")
    {
        Description = "I/N: only this one of N tasks, which may run at once, each in a process of its own, on one folder. The same command without it then makes the table.",
    };

    private static Command List(Terminal terminal)
    {
        var json = SharedOptions.Json();
        var command = new Command("list", "Lists the declared experiments." + Examples.Of("amodal experiment list")) { json };
        command.SetAction(parsed =>
        {
            var plans = Library.Names.Select(name => Experiments.Plan.Load(name)).ToList();
            if (parsed.GetValue(json))
            {
                terminal.Json(new { experiments = plans.Select(p => new { p.Name, p.Table.Title, p.Table.Kind, rows = p.Rows.Count }) });
            }
            else
            {
                ExperimentView.List(terminal, plans);
            }
        });
        return command;
    }

    private static Command Show(Terminal terminal)
    {
        var (name, json) = (Name(), SharedOptions.Json());
        var output = new Option<string?>("--out") { Description = "Write the declaration to this YAML file instead of printing it." };
        var command = new Command("show", "Prints a declaration, or writes it as a file to begin your own with." + Examples.Of(
            "amodal experiment show 6.7", "amodal experiment show ablations -o mine.yaml"))
        {
            name, output, json,
        };
        command.SetAction(parsed =>
        {
            var text = Library.Text(parsed.GetValue(name)!);
            if (parsed.GetValue(output) is { } file)
            {
                AtomicFile.WriteText(file, text);
                terminal.Message($"The declaration is in {file}. Next: amodal experiment run {file} --data FILE -o FOLDER");
            }

            if (parsed.GetValue(json))
            {
                terminal.Json(new { name = parsed.GetValue(name), yaml = text });
            }
            else if (parsed.GetValue(output) is null)
            {
                terminal.RawOut.Write(text);
            }
        });
        return command;
    }

    private static Command Plan(Terminal terminal, CancellationToken stop)
    {
        var names = new Argument<string[]>("NAME") { Description = "Experiments, or the paths of YAML files; all that are declared unless given.", Arity = ArgumentArity.ZeroOrMore };
        var (data, set, trainingSeeds, threads, json, file) = (Data(), Set(), TrainingSeeds(), SharedOptions.Threads(), SharedOptions.Json(), SharedOptions.JsonFile());
        var command = new Command("plan", "Says what experiments train and evaluate, and about what that would cost here; trains nothing." + Examples.Of(
            "amodal experiment plan", "amodal experiment plan 6.7 --data mosi.pkl --training-seeds 3"))
        {
            names, data, set, trainingSeeds, threads, json, file,
        };
        command.SetAction(parsed =>
        {
            _ = SharedOptions.Prepare("cpu", parsed.GetValue(threads));
            Plan(terminal, parsed.GetValue(names) is { Length: > 0 } some ? some : Library.Names, data.Of(parsed), parsed.GetValue(trainingSeeds), set.Of(parsed), parsed.GetValue(json), parsed.GetValue(file), stop);
        });
        return command;
    }

    private static void Plan(
        Terminal terminal, IReadOnlyList<string> names, IReadOnlyList<string> files, int trainingSeeds, IReadOnlyList<string> overrides, bool json, string? file, CancellationToken stop)
    {
        var shape = files.Count > 0 ? DataShape.Of(DataReading.Read(terminal, files[0], stop)) : DataShape.Mosi;
        ExperimentView.Plan(terminal, names.Select(name => (Func<bool, Plan>)(fast => Experiments.Plan.Load(name, fast, overrides))), shape,
            Math.Max(1, files.Count) * Positive("--training-seeds", trainingSeeds), json, file, stop);
    }

    private static Command Run(Terminal terminal, CancellationToken stop)
    {
        var (name, data, fast, set, trainingSeeds) = (Name(), Data(), Fast(), Set(), TrainingSeeds());
        var output = new Option<string>("--out") { Description = "Folder for runs, measurements and tables; experiments share its runs, and what is there is not made again." };
        var maskSeeds = new Option<int>("--mask-seeds") { Description = "Mask draws per missing rate, as the thesis's 5.", DefaultValueFactory = _ => 5 };
        var thesis = new Option<string>("--thesis") { Description = "Whose numbers of the thesis stand beside ours, MOSI or MOSEI; what the data files' names say, else MOSI, unless given." };
        var against = new Option<string>("--against") { Description = "The row that the others are compared with in pairs: a row, a baseline or optimum; what the declaration says, else the first, unless given." };
        var task = Task();
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would be done and about what it would cost, as plan does, and do nothing." };
        var (device, threads, json, file) = (SharedOptions.Device(), SharedOptions.Threads(), SharedOptions.Json(), SharedOptions.JsonFile());
        var command = new Command("run", "Makes a table or figure: trains what it needs, evaluates, and puts the thesis's numbers beside ours." + Examples.Of(
            "amodal experiment run 6.7 --data mosi.pkl -o reproduced --fast", "amodal experiment run 6.7 --data mosi.pkl -o reproduced --task 2/8"))
        {
            name, data, output, maskSeeds, trainingSeeds, fast, set, against, thesis, task, dryRun, json, file, device, threads,
        };
        command.SetAction(parsed =>
        {
            var torchDevice = SharedOptions.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            var (files, overrides) = (data.Of(parsed), set.Of(parsed));
            if (parsed.GetValue(dryRun))
            {
                Plan(terminal, [parsed.GetValue(name)!], files, parsed.GetValue(trainingSeeds), overrides, parsed.GetValue(json), parsed.GetValue(file), stop);
                return;
            }

            var plan = Experiments.Plan.Load(parsed.GetValue(name)!, parsed.GetValue(fast), overrides);
            var options = new ExperimentRequest
            {
                DataFiles = files.Count > 0 || plan.Runs.Count == 0 ? files : throw new InputException("--data", null, $"is missing; {plan.Name} trains {plan.Runs.Count} runs on it."),
                Folder = parsed.GetValue(output) ?? throw new InputException("--out", null, "is missing; name the folder for runs and tables."),
                MaskSeeds = Positive("--mask-seeds", parsed.GetValue(maskSeeds)),
                TrainingSeeds = Positive("--training-seeds", parsed.GetValue(trainingSeeds)),
                ThesisData = Thesis(parsed.GetValue(thesis)),
                Against = parsed.GetValue(against),
                Share = Share(parsed.GetValue(task)),
            };
            Make(terminal, plan, options, torchDevice, parsed.GetValue(task), parsed.GetValue(json), parsed.GetValue(file), stop);
        });
        return command;
    }

    /// <summary>Makes an experiment, writes its files and prints it.</summary>
    internal static void Make(Terminal terminal, Plan plan, ExperimentRequest options, TorchSharp.torch.Device device, string? task, bool json, string? file, CancellationToken stop)
    {
        var result = terminal.WithProgress(bars => Experiment.Run(plan, options, device, (what, done) => bars.Show(what, done), stop, DataReading.Limits(bars, stop)));
        if (result is null)
        {
            terminal.Message($"Task {task} is done, and others are not. The same command without --task makes the table of what all have done.");
            return;
        }

        var folder = FolderOf(options.Folder, plan);
        var noReport = ExperimentFiles.Write(folder, result);
        ExperimentView.Print(terminal, result, json, file);
        EvaluationView.Throw(noReport);
        terminal.Message($"The table is in {Path.Combine(folder, TableName)}, and as report.html, table.csv and table.json beside it.");
    }

    private static Command Report(Terminal terminal)
    {
        var (name, fast, json) = (Name(), Fast(), SharedOptions.Json());
        var output = new Option<string>("--out") { Description = "The folder that run was given.", Required = true };
        var command = new Command("report", "Prints what run has made before; makes nothing." + Examples.Of("amodal experiment report 6.7 -o reproduced"))
        {
            name, output, fast, json,
        };
        command.SetAction(parsed =>
        {
            var plan = Experiments.Plan.Load(parsed.GetValue(name)!, parsed.GetValue(fast));
            var path = Path.Combine(FolderOf(parsed.GetValue(output)!, plan), parsed.GetValue(json) ? "table.json" : TableName);
            terminal.RawOut.Write(File.Exists(path) ? File.ReadAllText(path) : throw new InputException(path, null, $"is not there; make it first, with amodal experiment run {plan.Name}."));
        });
        return command;
    }

    internal const string TableName = "table.md";

    internal static string FolderOf(string folder, Experiments.Plan plan) => Path.Combine(folder, plan.IsFast ? $"{plan.Name}-fast" : plan.Name);

    internal static int Positive(string option, int value) => value is >= 1 and <= 1000 ? value : throw new InputException(option, null, $"is {value}; give 1 to 1000.");

    internal static (int Task, int Count) Share(string? task)
    {
        if (task is null)
        {
            return (1, 1);
        }

        var parts = task.Split('/').Select(p => int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0).ToList();
        return parts is [var i, var count] && i >= 1 && i <= count ? (i, count) : throw new InputException("--task", null, $"is '{task}'; give I/N, such as 2/8, with I from 1 to N.");
    }

    private static string? Thesis(string? name) => name is null ? null : Reference.DataSets.FirstOrDefault(d => d.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new InputException("--thesis", null, $"'{name}' is not known; give one of {string.Join(", ", Reference.DataSets)}.");
}
