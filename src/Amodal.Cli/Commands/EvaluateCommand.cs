namespace Amodal.Cli.Commands;

/// <summary>amodal evaluate.</summary>
internal static class EvaluateCommand
{
    public static Command Create(Terminal terminal, CancellationToken stop)
    {
        var runs = new Argument<string[]>("RUN") { Description = "Run directory; several are pooled as the folds or the training seeds of one experiment. Or an exported model.", Arity = ArgumentArity.OneOrMore };
        var against = new ListOption("--against") { Hidden = true };
        var use = new EvaluationUse();
        var command = new Command("evaluate", "Evaluates a run under the missing-modality protocols, beside its baselines." + Examples.Of(
            "amodal evaluate runs/mosi", "amodal evaluate runs/mosi --protocol random --missing-rate 0,0.3,0.5,0.7 --mask-seeds 5 --sampler ddim --nfe 30"))
        {
            runs, against,
        };
        use.AddTo(command);
        command.SetAction(parsed =>
        {
            var others = against.Of(parsed);
            if (others.Count > 0)
            {
                terminal.Notes(["'evaluate RUN --against OTHER' is 'compare RUN OTHER' now, the folds of each with commas between them."]);
            }

            Evaluate(terminal, parsed, use, parsed.GetValue(runs)!, others, stop);
        });
        return command;
    }

    /// <summary>Evaluates runs of one experiment, beside those of another where some are given.</summary>
    public static void Evaluate(Terminal terminal, ParseResult parsed, EvaluationUse use, IReadOnlyList<string> runs, IReadOnlyList<string> others, CancellationToken stop)
    {
        var request = use.Read(parsed);
        using var evaluator = Open(runs, parsed.GetValue(use.Engine), parsed.GetValue(use.Precision), parsed.GetValue(use.Name));
        var options = request.Options with { Given = [.. Given(evaluator, parsed.GetValue(use.Masks), request.RatesByModality, request.Options.MaskSeeds)] };
        if (request.HasRates)
        {
            evaluator.CheckRates(options.MissingRates); // rates of ours that the data cannot have are left out, the user's are not
        }

        var chosen = evaluator.Sampler.With(parsed.GetValue(use.Sampler), parsed.GetValue(use.Nfe), parsed.GetValue(use.Guidance), evaluator.Source);
        var budgets = request.Budgets;
        if (parsed.GetResult(use.NfeCurve) is { Implicit: false })
        {
            budgets.ToList().ForEach(n => chosen.With(null, n, null, evaluator.Source)); // too few are refused now, not after hours
        }
        else
        {
            budgets = request.IsAsked && chosen is not null ? [.. budgets.Where(n => n >= SamplingPlan.LeastNfe(chosen))] : [];
        }

        using var other = others.Count == 0 ? null : Open(others, null, null, null);
        var result = EvaluationView.Evaluate(terminal, evaluator, options, chosen, budgets, stop, other);
        var folder = parsed.GetValue(use.Out) ?? Path.Combine(runs[0], ReportName(evaluator, runs.Count, parsed.GetValue(use.Split)!, chosen, options, parsed.GetValue(use.Precision), use.IsComparison ? other : null));
        var noReport = EvaluationView.WriteReport(terminal, folder, evaluator, result); // files first: what prints may be a pipe that is closed
        if (parsed.GetValue(use.JsonFile) is { } file)
        {
            AtomicFile.WriteText(file, Terminal.JsonText(new { result.Rows }) + Environment.NewLine);
        }

        terminal.Notes(evaluator.ToReport(result).Notes);
        if (parsed.GetValue(use.Json))
        {
            terminal.Json(new { result.Rows, result.Confusions });
        }
        else if (terminal.IsQuiet)
        {
            EvaluationView.PrintVerdict(terminal, result);
        }
        else
        {
            EvaluationView.Print(terminal, result, parsed.GetValue(use.Tables));
        }

        EvaluationView.Throw(noReport);

        RunEvaluator Open(IReadOnlyList<string> folders, string? engineName, string? precisionName, string? methodName)
        {
            var (file, of, on, count) = (parsed.GetValue(use.Data), parsed.GetValue(use.Split)!, parsed.GetValue(use.Device)!, parsed.GetValue(use.Threads));
            if (EngineChoice.Of(engineName, folders) == EngineKind.Torch)
            {
                var computed = PrecisionChoice.Of(precisionName, PrecisionChoice.OfTorch);
                return DataReading.Read(terminal, limits => new RunEvaluator(folders, file, of, SharedOptions.Prepare(on, count), methodName, computed, limits), stop);
            }

            PrecisionChoice.RefuseForExport(precisionName, folders[0]);
            return DataReading.Read(terminal, limits => OnOnnx(folders, file, of, methodName, on, count, limits), stop);
        }
    }

    private static IEnumerable<NamedMasks> Given(RunEvaluator evaluator, string? maskFile, string? ratesByModality, int draws)
    {
        if (maskFile is not null)
        {
            yield return new NamedMasks(Path.GetFileName(maskFile), [MaskFile.Read(maskFile, evaluator.Utterances, evaluator.Modalities)]);
        }

        if (ratesByModality is not null)
        {
            var rates = ModalityRates.Parse(ratesByModality, [.. evaluator.Modalities.Select(m => m.Name)], MissingRateOption.Name);
            yield return new NamedMasks(rates.ToString(), [.. Enumerable.Range(1, draws).Select(seed => rates.Draw(evaluator.Utterances.Count, (ulong)seed))]);
        }
    }

    /// <summary>'report', and what is not the run's own: so that an evaluation with other settings replaces no report but its like.</summary>
    private static string ReportName(RunEvaluator evaluator, int runs, string split, SamplerOptions? sampler, EvaluationOptions options, string? precision, RunEvaluator? beside)
    {
        List<string> parts = ["report"];
        Add(runs > 1, $"{runs}-runs");
        Add(evaluator.OtherData is not null, Path.GetFileNameWithoutExtension(evaluator.OtherData) ?? "");
        Add(split != "test", split);
        if (sampler is not null && evaluator.Sampler is { } own)
        {
            Add(sampler.Kind != own.Kind, OptionNames.Of(sampler.Kind));
            Add(sampler.Nfe != own.Nfe, $"nfe-{sampler.Nfe}");
            Add(sampler.Guidance != own.Guidance, string.Create(CultureInfo.InvariantCulture, $"guidance-{sampler.Guidance}"));
        }

        Add(options.Samples > 1, $"samples-{options.Samples}");
        Add(precision == OptionNames.Of(Precision.Bfloat16), precision ?? "");
        options.Given.ToList().ForEach(given => Add(true, given.Name));
        Add(beside is not null, $"beside-{beside?.MethodName}");
        return string.Join('-', parts);

        void Add(bool isOther, string part)
        {
            if (isOther)
            {
                parts.Add(string.Concat(part.Select(c => char.IsLetterOrDigit(c) || c is '.' or '=' or ',' or '_' or '-' ? c : '_')));
            }
        }
    }

    private static RunEvaluator OnOnnx(IReadOnlyList<string> paths, string? data, string split, string? name, string device, int threads, ReadLimits limits)
    {
        if (paths.Count > 1)
        {
            throw new InputException(paths[1], null, "cannot be pooled: the ONNX engine evaluates one exported model at a time. Give the runs to the torch engine instead.");
        }

        var method = EngineChoice.LoadOnnx(paths[0], device, threads, name);
        try
        {
            var file = data ?? throw new InputException("--data", null, "is missing: an exported model does not know its data.");
            return RunEvaluator.OfExport(method, DataFile.Read(file, limits: limits, target: method.Card.Target.Spec), split);
        }
        catch
        {
            method.Dispose();
            throw;
        }
    }
}
