using System.CommandLine;
using System.Globalization;
using Amodal.Evaluation;
using Amodal.Files;
using Amodal.Training;

namespace Amodal.Cli.Commands;

/// <summary>amodal evaluate.</summary>
internal static class EvaluateCommand
{
    public static Command Create(Terminal terminal, CancellationToken stop)
    {
        var runs = new Argument<string[]>("RUN") { Description = "Run directory; several are pooled as the folds of one experiment.", Arity = ArgumentArity.OneOrMore };
        var data = SharedOptions.Data(required: false);
        var split = new Option<string>("--split") { Description = "Split to evaluate.", DefaultValueFactory = _ => "test" };
        var protocol = new Option<string>("--protocol") { Description = "Missing protocol: fixed, random or all.", DefaultValueFactory = _ => "all" };
        protocol.AcceptOnlyFromAmong("fixed", "random", "all");
        var rates = new Option<string>("--mr") { Description = "Missing rates of the random protocol.", DefaultValueFactory = _ => "0,0.3,0.5,0.7" };
        var seeds = new Option<int>("--seeds") { Description = "Mask draws per missing rate.", DefaultValueFactory = _ => 5 };
        var name = new Option<string>("--name") { Description = "Name of the method in tables instead of the config's, such as for another sampler." };
        var samples = new Option<int>("--samples") { Description = "Recoveries per utterance whose predictions are averaged.", DefaultValueFactory = _ => 1 };
        var curve = new Option<string>("--nfe-curve") { Description = "Numbers of network evaluations at which quality is measured too; none to leave that out.", DefaultValueFactory = _ => "5,10,20" };
        var against = new Option<string[]>("--against") { Description = "Runs of another experiment on the same utterances, as a further rival, such as a slower sampler's.", AllowMultipleArgumentsPerToken = true };
        var jsonFile = new Option<string>("--json") { Description = "Write all rows to a JSON file; '-' prints them.", Arity = ArgumentArity.ZeroOrOne };
        var report = new Option<string>("--report") { Description = "Folder for report.html and its plots; 'report' in the first run unless told otherwise." };
        var (sampler, nfe, device, threads) = (SharedOptions.Sampler(), SharedOptions.Nfe(), SharedOptions.Device(), SharedOptions.Threads());
        var command = new Command("evaluate", "Evaluates a run under the missing-modality protocols, beside its floors." + Examples.Of(
            "amodal evaluate runs/mosi --protocol all --mr 0,0.3,0.5,0.7 --seeds 5 --sampler ddim --nfe 30"))
        {
            runs, name, data, split, protocol, rates, seeds, sampler, nfe, samples, curve, against, jsonFile, report, device, threads,
        };
        command.SetAction(parsed =>
        {
            var options = new EvaluationOptions
            {
                Fixed = parsed.GetValue(protocol) != "random",
                Random = parsed.GetValue(protocol) != "fixed",
                MissingRates = Numbers("--mr", parsed.GetValue(rates)!, double.Parse, x => x is >= 0 and < 1),
                Samples = parsed.GetValue(samples) is > 0 and <= 1000 and var k ? k : throw new InputException("--samples", null, $"is {parsed.GetValue(samples)}; give 1 to 1000."),
                MaskSeeds = parsed.GetValue(seeds) is > 0 and <= 1000 and var n ? n : throw new InputException("--seeds", null, $"is {parsed.GetValue(seeds)}; give 1 to 1000."),
            };
            var torchDevice = SharedOptions.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            var paths = parsed.GetValue(runs)!;
            using var evaluator = new RunEvaluator(paths, parsed.GetValue(data), parsed.GetValue(split)!, torchDevice, parsed.GetValue(name));
            if (parsed.GetResult(rates) is { Implicit: false })
            {
                evaluator.CheckRates(options.MissingRates); // rates of ours that the data cannot have are left out, the user's are not
            }

            var budgets = parsed.GetValue(curve) is { } text and not "none" ? Numbers("--nfe-curve", text, int.Parse, x => x is > 0 and <= 100_000) : [];
            var chosen = evaluator.Sampler.With(parsed.GetValue(sampler), parsed.GetValue(nfe));
            var others = parsed.GetValue(against) ?? [];
            using var rival = others.Length == 0 ? null : new RunEvaluator(others, parsed.GetValue(data), parsed.GetValue(split)!, torchDevice);
            var result = EvaluationView.Evaluate(terminal, evaluator, options, chosen, budgets, stop, rival);
            var folder = parsed.GetValue(report) ?? Path.Combine(paths[0], "report");
            var asJson = parsed.GetResult(jsonFile) is not null;
            var file = parsed.GetValue(jsonFile);
            if (!asJson)
            {
                EvaluationView.Print(terminal, result);
            }
            else if (file is null or "-")
            {
                terminal.Json(result.Rows);
            }
            else
            {
                AtomicFile.WriteText(file, Terminal.ToJson(result.Rows) + Environment.NewLine);
                EvaluationView.Print(terminal, result);
            }

            EvaluationView.WriteReport(terminal, folder, evaluator, result);
        });
        return command;
    }

    private static List<T> Numbers<T>(string option, string text, Func<string, IFormatProvider, T> parse, Func<T, bool> isAllowed)
    {
        var numbers = new List<T>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            try
            {
                numbers.Add(parse(part, CultureInfo.InvariantCulture));
            }
            catch (Exception e) when (e is FormatException or OverflowException)
            {
                throw new InputException(option, null, $"'{part}' is not a number; give a list such as {(option == "--mr" ? "0,0.3,0.5" : "5,10,30")}.", e);
            }

            if (!isAllowed(numbers[^1]))
            {
                throw new InputException(option, null, $"{part} is out of range; give {(option == "--mr" ? "0 or more, under 1" : "1 to 100000")}.");
            }
        }

        return numbers;
    }
}
