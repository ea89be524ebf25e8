using System.CommandLine;
using Amodal.Configuration;
using Amodal.Data;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Sampling;
using Amodal.Engines;
using Amodal.Evaluation;
using Amodal.Files;
using Amodal.Missingness;
using Amodal.Training;

namespace Amodal.Cli.Commands;

/// <summary>amodal evaluate.</summary>
internal static class EvaluateCommand
{
    public static Command Create(Terminal terminal, CancellationToken stop)
    {
        var runs = new Argument<string[]>("RUN") { Description = "Run directory; several are pooled as the folds or the training seeds of one experiment. Or an exported model.", Arity = ArgumentArity.OneOrMore };
        var data = SharedOptions.Data(required: false);
        var split = new Option<string>("--split") { Description = "Split to evaluate.", DefaultValueFactory = _ => "test" };
        var protocol = new Option<string>("--protocol") { Description = "Missing protocol: fixed, random or all.", DefaultValueFactory = _ => "all" };
        protocol.AcceptOnlyFromAmong("fixed", "random", "all");
        var rates = new Option<string>("--mr") { Description = "Missing rates of the random protocol.", DefaultValueFactory = _ => "0,0.3,0.5,0.7" };
        var seeds = new Option<int>("--seeds") { Description = "Mask draws per missing rate.", DefaultValueFactory = _ => 5 };
        var name = new Option<string>("--name") { Description = "Name of the method in tables instead of the config's, such as for another sampler." };
        var samples = new Option<int>("--samples") { Description = "Recoveries per utterance whose predictions are averaged.", DefaultValueFactory = _ => 1 };
        var curve = new Option<string>("--nfe-curve") { Description = "Numbers of network evaluations at which quality is measured too; none to leave that out.", DefaultValueFactory = _ => "5,10,20" };
        var against = new ListOption("--against") { Description = "Run of another experiment on the same utterances, as a further rival, such as a slower sampler's; repeated, its folds." };
        var jsonFile = new JsonFileOption("all rows");
        var report = new Option<string>("--report") { Description = "Folder for report.html and its plots; 'report' in the first run unless told otherwise, and with other settings than the run's own their names are in it: 'report-nfe-5'." };
        var quiet = new Option<bool>("--quiet") { Description = "Print only how the method stands against its baselines." };
        var tables = new Option<bool>("--tables") { Description = "Print all tables, with all observed sets, instead of the short one." };
        var masks = new Option<string>("--masks") { Description = "Mask file (amodal masks): what each utterance lacks, instead of the protocols." };
        var missingRate = MissingRateOption.Create("instead of the protocols, over as many draws as --seeds says");
        var (sampler, nfe, engine, precision) = (SharedOptions.Sampler(), SharedOptions.Nfe(), EngineChoice.Option(), PrecisionChoice.Option());
        var (device, threads) = (SharedOptions.Device(), SharedOptions.Threads());
        var command = new Command("evaluate", "Evaluates a run under the missing-modality protocols, beside its floors." + Examples.Of(
            "amodal evaluate runs/mosi --protocol all --mr 0,0.3,0.5,0.7 --seeds 5 --sampler ddim --nfe 30"))
        {
            runs, name, data, split, protocol, rates, masks, missingRate, seeds, sampler, nfe, samples, curve, against, jsonFile, report, quiet, tables, engine, precision, device, threads,
        };
        command.SetAction(parsed =>
        {
            // Masks of one's own are one question; the protocols are others, and asked only where they are named.
            var (maskFile, ratesByModality) = (parsed.GetValue(masks), parsed.GetValue(missingRate));
            var isOwn = (maskFile ?? ratesByModality) is not null;
            var isAsked = !isOwn || IsGiven(parsed, protocol);
            var options = new EvaluationOptions
            {
                Fixed = isAsked && parsed.GetValue(protocol) != "random",
                Random = isAsked && parsed.GetValue(protocol) != "fixed",
                MissingRates = NumberList.Parse<double>("--mr", parsed.GetValue(rates)!, x => x is >= 0 and < 1, "missing rates from 0, under 1"),
                Samples = parsed.GetValue(samples) is > 0 and <= 1000 and var k ? k : throw new InputException("--samples", null, $"is {parsed.GetValue(samples)}; give 1 to 1000."),
                MaskSeeds = parsed.GetValue(seeds) is > 0 and <= 1000 and var n ? n : throw new InputException("--seeds", null, $"is {parsed.GetValue(seeds)}; give 1 to 1000."),
            };
            var paths = parsed.GetValue(runs)!;
            var isQuiet = parsed.GetValue(quiet);
            using var evaluator = Open(paths, parsed.GetValue(engine), parsed.GetValue(precision), parsed.GetValue(name));
            options = options with { Given = [.. Given(evaluator, maskFile, ratesByModality, options.MaskSeeds)] };
            if (IsGiven(parsed, rates))
            {
                evaluator.CheckRates(options.MissingRates); // rates of ours that the data cannot have are left out, the user's are not
            }

            var chosen = evaluator.Sampler.With(parsed.GetValue(sampler), parsed.GetValue(nfe));
            var budgets = parsed.GetValue(curve) is { } text and not "none" ? NumberList.Parse<int>("--nfe-curve", text, x => x is > 0 and <= 100_000, "whole numbers from 1 to 100000") : [];
            if (IsGiven(parsed, curve))
            {
                budgets.ToList().ForEach(n => chosen.With(null, n)); // too few are refused now, not after hours
            }
            else
            {
                budgets = isAsked ? [.. budgets.Where(n => n >= SamplingPlan.LeastNfe(chosen))] : [];
            }

            var others = parsed.GetValue(against) ?? [];
            using var rival = others.Length == 0 ? null : Open(others, null, null, null);
            var result = EvaluationView.Evaluate(terminal, evaluator, options, chosen, budgets, stop, rival, isQuiet);
            var folder = parsed.GetValue(report) ?? Path.Combine(paths[0], ReportName(evaluator, paths.Length, parsed.GetValue(split)!, chosen, options, parsed.GetValue(precision)));
            var file = parsed.GetValue(jsonFile);
            var noReport = EvaluationView.WriteReport(terminal, folder, evaluator, result, isQuiet); // files first: what prints may be a pipe that is closed
            if (file is not null and not JsonFileOption.Print)
            {
                AtomicFile.WriteText(file, JsonFile.ToText(result.Rows) + Environment.NewLine);
            }

            if (!isQuiet)
            {
                terminal.Notes(evaluator.ToReport(result).Notes);
            }

            if (file == JsonFileOption.Print)
            {
                terminal.Json(result.Rows);
            }
            else if (isQuiet)
            {
                EvaluationView.PrintVerdict(terminal, result);
            }
            else
            {
                EvaluationView.Print(terminal, result, parsed.GetValue(tables));
            }

            EvaluationView.Throw(noReport);

            RunEvaluator Open(string[] folders, string? engineName, string? precisionName, string? methodName)
            {
                var (file, of, on, count) = (parsed.GetValue(data), parsed.GetValue(split)!, parsed.GetValue(device)!, parsed.GetValue(threads));
                if (EngineChoice.Of(engineName, folders) == EngineKind.Torch)
                {
                    var computed = PrecisionChoice.Of(precisionName, PrecisionChoice.OfTorch);
                    return Reading(limits => new RunEvaluator(folders, file, of, SharedOptions.Prepare(on, count), methodName, computed, limits));
                }

                PrecisionChoice.RefuseForExport(precisionName, folders[0]);
                return Reading(limits => OnOnnx(folders, file, of, methodName, on, count, limits));
            }

            T Reading<T>(Func<ReadLimits, T> read)
            {
                return isQuiet ? read(new ReadLimits { Stop = stop }) : DataReading.Read(terminal, read, stop);
            }
        });
        return command;
    }

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    private static IEnumerable<NamedMasks> Given(RunEvaluator evaluator, string? maskFile, string? missingRate, int draws)
    {
        if (maskFile is not null)
        {
            yield return new NamedMasks(Path.GetFileName(maskFile), [MaskFile.Read(maskFile, evaluator.Utterances, evaluator.Modalities)]);
        }

        if (missingRate is not null)
        {
            var rates = ModalityRates.Parse(missingRate, evaluator.Modalities, MissingRateOption.Name);
            yield return new NamedMasks(rates.ToString(), [.. Enumerable.Range(1, draws).Select(seed => rates.Draw(evaluator.Utterances.Count, (ulong)seed))]);
        }
    }

    /// <summary>'report', and what is not the run's own: so that an evaluation with other settings replaces no report but its like.</summary>
    private static string ReportName(RunEvaluator evaluator, int runs, string split, SamplerOptions sampler, EvaluationOptions options, string? precision)
    {
        List<string> parts = ["report"];
        Add(runs > 1, $"{runs}-runs");
        Add(evaluator.OtherData is not null, Path.GetFileNameWithoutExtension(evaluator.OtherData) ?? "");
        Add(split != "test", split);
        Add(sampler.Kind != evaluator.Sampler.Kind, OptionNames.Of(sampler.Kind));
        Add(sampler.Nfe != evaluator.Sampler.Nfe, $"nfe-{sampler.Nfe}");
        Add(options.Samples > 1, $"samples-{options.Samples}");
        Add(precision == OptionNames.Of(Precision.Bfloat16), precision ?? "");
        options.Given.ToList().ForEach(given => Add(true, given.Name));
        return string.Join('-', parts);

        void Add(bool isOther, string part)
        {
            if (isOther)
            {
                parts.Add(string.Concat(part.Select(c => char.IsLetterOrDigit(c) || c is '.' or '=' or ',' or '_' or '-' ? c : '_')));
            }
        }
    }

    private static RunEvaluator OnOnnx(string[] paths, string? data, string split, string? name, string device, int threads, ReadLimits limits)
    {
        if (paths.Length > 1)
        {
            throw new InputException(paths[1], null, "cannot be pooled: the ONNX engine evaluates one exported model at a time. Give the runs to the torch engine instead.");
        }

        var method = new OnnxMethod(EngineChoice.LoadOnnx(paths[0], device, threads), name);
        try
        {
            var file = data ?? throw new InputException("--data", null, "is missing: an exported model does not know its data.");
            return RunEvaluator.OfExport(method, DataFile.Read(file, limits: limits), split);
        }
        catch
        {
            method.Dispose();
            throw;
        }
    }
}
