using System.Diagnostics;

namespace Amodal.Runs;

/// <summary>
/// Evaluates methods under the missing-modality protocols: one run, several of one experiment, or an exported model. Folds share no test utterance: their utterances are pooled, each predicted
/// by the run that did not train on it. Training seeds share all of them: every number is then the mean over the trainings,
/// with its spread. Folds that were each trained with the same several seeds are both. Owns the models it loads.
/// </summary>
public sealed class RunEvaluator : IDisposable
{
    private readonly List<Fold> _folds; // all runs
    private readonly List<List<Fold>> _trainings; // per training seed its run of every fold, in the same order
    private readonly IntervalUnits _units;
    private readonly IReadOnlyList<string>? _groups;
    private readonly IReadOnlyList<ModalitySet>? _present;

    /// <summary>Loads runs and encodes the split to be evaluated.</summary>
    /// <param name="runs">Run directories, all of one configuration but for the seed.</param>
    /// <param name="dataFile">Data for all of them; null takes what each was trained on.</param>
    /// <param name="split">The split.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="methodName">Name of the method in tables; null takes the configuration's.</param>
    /// <param name="precision">What score networks are computed in: single precision or bfloat16.</param>
    /// <param name="limits">What data files may cost to read; the defaults unless given.</param>
    /// <exception cref="InputException">A run cannot be used, or does not fit its data or the other runs.</exception>
    public RunEvaluator(
        IReadOnlyList<string> runs, string? dataFile, string split, Device device, string? methodName = null, Precision precision = Precision.Float32,
        ReadLimits? limits = null)
        : this(Load(runs, dataFile, split, device, methodName, precision, limits))
    {
    }

    private RunEvaluator(List<Fold> folds)
    {
        _folds = folds;
        try
        {
            CheckOneExperiment();
            _trainings = Trainings();
            _present = Presence.OfAll(_trainings[0].Select(f => f.Split));
            (_units, _groups) = IntervalUnits.Of(_trainings[0].Select(f => (f.Data, f.Split)), _trainings.Count);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Evaluates an exported model, without torch. It has no baselines beside it, no learning curves and no linear reference of the latents.</summary>
    /// <param name="method">The model; taken over.</param>
    /// <param name="data">The data.</param>
    /// <param name="split">The split.</param>
    /// <exception cref="InputException">The data's modalities are not the model's, or there is no such split.</exception>
    public static RunEvaluator OfExport(IMethod method, DataSet data, string split)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(data);
        data.CheckModalities(method.Card.Modalities, method.Card.Source);
        data.CheckTarget(method.Card.Target, method.Card.Source);
        return new RunEvaluator([new Fold(method, [], data, data[split], Run: null)]);
    }

    private Fold First => _folds[0];

    private MethodCard Card => First.Method.Card;

    private Target Target => Card.Target;

    private IReadOnlyList<string> Names => [.. Modalities.Select(m => m.Name)];

    /// <summary>The learning curves of the first run; none of an exported model.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<EpochRecord>> Curves =>
        First.Run is { } run ? run.Directory.ReadCurves(run.Manifest) : new Dictionary<string, IReadOnlyList<EpochRecord>>();

    /// <summary>Name of the method in tables.</summary>
    public string MethodName => Card.Name;

    /// <summary>The folder that it came from, the first of several.</summary>
    public string Source => Card.Source;

    /// <summary>The utterances that are evaluated, by id, in order.</summary>
    public IReadOnlyList<string> Utterances => [.. _trainings[0].SelectMany(f => f.Split.Ids)];

    /// <summary>The sampler that the method is configured with; null where nothing is sampled.</summary>
    public SamplerOptions? Sampler => (First.Method as ISampledMethod)?.Sampler;

    /// <summary>The modalities, in the data's order.</summary>
    public IReadOnlyList<Modality> Modalities => Card.Modalities;

    /// <summary>The data file, where it is not the data that the method was trained on; null where it is, or where the method does not know.</summary>
    public string? OtherData => _folds.FirstOrDefault(f => f.Run?.Manifest.DataDigest is { Length: > 0 } own && f.Data.Digest != own)?.Data.Source;

    /// <summary>Refuses missing rates that the data cannot have; <see cref="Evaluate"/> leaves those out.</summary>
    /// <exception cref="InputException">A rate is over (M - 1) / M.</exception>
    public void CheckRates(IEnumerable<double> missingRates)
    {
        ArgumentNullException.ThrowIfNull(missingRates);
        foreach (var rate in missingRates)
        {
            _ = RandomMasks.MissingCount(rows: 1, Names.Count, rate);
        }
    }

    /// <summary>The predictions with the method's own sampler, made when they are asked for.</summary>
    /// <param name="samples">Recoveries whose predictions are averaged.</param>
    /// <param name="progress">What is being done, and the share of it done.</param>
    /// <param name="stop">Ends the work.</param>
    public MethodPredictions Predictions(int samples, Action<string, double>? progress = null, CancellationToken stop = default) =>
        Method(Runs(Sampler), samples, progress, stop);

    /// <summary>Runs the protocols.</summary>
    /// <param name="options">What is covered.</param>
    /// <param name="sampler">A sampler instead of the method's own; null for that.</param>
    /// <param name="nfeCurve">Budgets at which quality is measured too; may be empty.</param>
    /// <param name="progress">What is being done, and the share of it done.</param>
    /// <param name="stop">Ends the work.</param>
    /// <param name="against">Another method on the same utterances, with its own sampler: a further baseline; null for none.</param>
    /// <exception cref="InputException">
    /// The other has other utterances, or its method has this one's name; a method has a baseline's name; two observed sets have one name.
    /// </exception>
    public RunEvaluationResult Evaluate(
        EvaluationOptions options, SamplerOptions? sampler = null, IReadOnlyList<int>? nfeCurve = null, Action<string, double>? progress = null,
        CancellationToken stop = default, RunEvaluator? against = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        sampler ??= Sampler;
        CheckNames();
        CheckSameUtterances(against);
        var truth = Truth();
        var runs = Runs(sampler);
        var method = Method(runs, options.Samples, progress, stop);
        var baselines = Baselines();
        if (against is not null)
        {
            baselines.Add(against.Predictions(options.Samples, progress, stop));
        }

        List<NfePoint> curve = [];
        if (sampler is not null && nfeCurve is { Count: > 0 })
        {
            // The sampler that is evaluated is a point of the curve too, and its predictions serve the tables.
            curve.AddRange(nfeCurve.Where(n => n != sampler.Nfe).Select(n => NfePoint(truth, sampler with { Nfe = n }, null, options, progress, stop)));
            curve.Add(NfePoint(truth, sampler, (method, runs), options, progress, stop));
        }

        foreach (var observed in options.Fixed ? Patterns.All(Names.Count) : [])
        {
            baselines.Append(method).ToList().ForEach(m => m.Each(training => m.For(observed, training))); // here, so that progress shows before the tables are made
        }

        var protocols = new ProtocolEvaluator(truth, Names, options, _groups, _present, Target);
        progress?.Invoke("tables", 0);
        var rows = protocols.Rows([.. Optimum(), method, .. baselines]);
        var differences = protocols.Differences(method, baselines);
        progress?.Invoke("tables", 1);
        List<string> notes = [.. _units.Notes, .. NotesOn(rows)];
        return new RunEvaluationResult(
            Facts(sampler, options), rows, differences, LatentRows([.. runs.SelectMany(r => r)], notes, progress, stop), [.. curve.OrderBy(p => p.Nfe)])
        {
            Intervals = _units,
            Notes = notes,
            Predictions = method,
            Effects = protocols.Effects(method),
            Confusions = protocols.Confusions(method),
            Certainty = options.Fixed ? CertaintyRows(truth, runs, method, baselines, stop) : [],
            Utterances = protocols.Utterances(method, [.. _trainings[0].SelectMany(f => f.Split.Ids.Select((id, row) => (id, f.Split.Transcripts?[row])))]),
        };
    }

    /// <summary>
    /// A glance at what the run reaches on the split, with the sampler it is configured with: the complete set and the average over
    /// incomplete ones (<see cref="EvaluationOptions.IsBrief"/>), beside the baselines majority, language only and dropout-trained.
    /// </summary>
    /// <param name="progress">What is being done, and the share of it done.</param>
    /// <param name="stop">Ends the work.</param>
    public RunEvaluationResult Validate(Action<string, double>? progress = null, CancellationToken stop = default)
    {
        var options = new EvaluationOptions { IsBrief = true, Random = false };
        var truth = Truth();
        var method = Method(Runs(Sampler), options.Samples, progress, stop);
        var baselines = Baselines().Where(f => f.Name is not ("zero-fill" or "mean-fill")).ToList();
        var protocols = new ProtocolEvaluator(truth, Names, options, _groups, _present, Target);
        return new RunEvaluationResult(Facts(Sampler, options), protocols.Rows([method, .. baselines]), protocols.Differences(method, baselines), [], [])
        {
            Intervals = _units,
            Notes = [.. _units.Notes],
        };
    }

    /// <summary>An evaluation as the report shows it.</summary>
    /// <param name="result">What <see cref="Evaluate"/> found.</param>
    internal ReportData ToReport(RunEvaluationResult result) => new()
    {
        Title = $"Amodal: {MethodName}",
        Subtitle = First.Run is null ? "Emotion recognition with missing modalities, by an exported model."
            : "Emotion recognition with missing modalities: the method beside its baselines, on the same utterances and masks.",
        Facts = result.Facts,
        Rows = result.Rows,
        Optimum = result.Rows.Any(r => r.Method == BaselineNames.Optimum) ? BaselineNames.Optimum : null,
        Curves = [.. Curves.Select(c => new LearningCurve(c.Key, [.. c.Value.Select(e => new LearningCurvePoint(e.Epoch, e.TrainLoss, e.ValidLoss))]))],
        NfeCurve = result.NfeCurve,
        Differences = [.. result.Differences.Where(d => Metric.Of(d.Metric).Use == MetricUse.Lead)],
        Effects = result.Effects,
        Confusions = result.Confusions,
        Certainty = result.Certainty,
        Utterances = result.Utterances,
        LatentRecovery = result.LatentRecovery,
        Intervals = result.Intervals?.Text ?? "",
        Notes = [.. result.Notes.Concat(First.Run?.Manifest.Notes ?? []).Concat(_folds.SelectMany(f => f.Data.Notes)).Distinct()],
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var fold in _folds)
        {
            fold.Dispose();
        }
    }

    private static List<Fold> Load(
        IReadOnlyList<string> runs, string? dataFile, string split, Device device, string? name, Precision precision, ReadLimits? limits)
    {
        var folds = new List<Fold>();
        TrainedRun? run = null;
        try
        {
            foreach (var path in runs)
            {
                run = TrainedRun.Load(path, device, precision);
                var data = folds.Select(f => f.Data).FirstOrDefault(d => dataFile is not null || (d.Source == run.Manifest.DataFile && d.Digest == run.Manifest.DataDigest))
                    ?? run.ReadData(dataFile, limits);
                data.CheckModalities(run.Manifest.Modalities, run.Directory.Path);
                data.CheckTarget(run.Target, run.Directory.Path);
                folds.Add(new Fold(run.CreateMethod(name), RunBaselines.Of(run), data, data[split], run));
                run = null;
            }

            return folds;
        }
        catch
        {
            run?.Dispose();
            folds.ForEach(f => f.Dispose());
            throw;
        }
    }

    private float[] Truth() => [.. _trainings[0].SelectMany(f => f.Split.Labels)];

    private void CheckOneExperiment()
    {
        foreach (var run in _folds.Select(f => f.Run).OfType<TrainedRun>())
        {
            var first = First.Run!;
            if (!run.Options.TrainsLike(first.Options with { Seed = run.Options.Seed }) || !run.Manifest.Modalities.SequenceEqual(first.Manifest.Modalities))
            {
                throw new InputException(run.Directory.Path, null, $"has another configuration than {Source}; runs are pooled only when they are folds or training seeds of one experiment.");
            }
        }
    }

    /// <summary>Which runs are folds, and which are trainings of one fold with other seeds.</summary>
    private List<List<Fold>> Trainings()
    {
        var folds = new List<List<Fold>>();
        foreach (var run in _folds)
        {
            if (folds.FirstOrDefault(f => f[0].Split.Ids.SequenceEqual(run.Split.Ids)) is { } same)
            {
                CheckAnotherSeed(same, run);
                same.Add(run);
                continue;
            }

            var known = folds.SelectMany(f => f[0].Split.Ids).ToHashSet();
            if (run.Split.Ids.FirstOrDefault(known.Contains) is { } twice)
            {
                throw new InputException(run.Source, $"utterance '{twice}'",
                    "is evaluated by another run too, but not all utterances are. Folds share none, training seeds share all; give runs of one kind.");
            }

            folds.Add([run]);
        }

        if (folds.All(f => f.Count == 1))
        {
            return [[.. folds.Select(f => f[0])]]; // folds may have a seed each
        }

        return [.. folds[0].Select(first => folds.Select(fold =>
            fold.Count == folds[0].Count && fold.FirstOrDefault(f => f.Seed == first.Seed) is { } run ? run : throw new InputException(
                fold[0].Source, null, $"and the other runs of its test utterances have the seeds {Seeds(fold)}, those of {Source} have {Seeds(folds[0])}. "
                + "Folds and training seeds are pooled together where every fold was trained with the same seeds.")).ToList())];

        static string Seeds(List<Fold> runs) => string.Join(", ", runs.Select(r => r.Seed));
    }

    private static void CheckAnotherSeed(List<Fold> trainings, Fold run)
    {
        var path = run.Source;
        if (run.Data.Digest != trainings[0].Data.Digest)
        {
            throw new InputException(path, null, $"has the test utterances of {trainings[0].Source}, but its data are others; training seeds are pooled on the same data. Name the data.") { Remedies = ["data"] };
        }

        if (trainings.FirstOrDefault(t => t.Seed == run.Seed) is { } twin)
        {
            throw new InputException(path, null, $"has the training seed and the test utterances of {twin.Source}; a repetition tells nothing of the spread over seeds. Leave one out.");
        }
    }

    /// <summary>Refuses what would be mistaken for something else in the tables, before there are any.</summary>
    private void CheckNames()
    {
        if (BaselineNames.IsTaken(MethodName))
        {
            throw new InputException(Source, null, $"is called '{MethodName}', as a row that it is compared with is; give it another name.") { Remedies = ["name"] };
        }

        ProtocolEvaluator.CheckNames(Names);
    }

    /// <summary>What to know of rows that have no value.</summary>
    private static IEnumerable<string> NotesOn(IReadOnlyList<ResultRow> rows) => rows.Where(r => r.Metrics.Values.All(e => double.IsNaN(e.Value))).GroupBy(r => r.Method).Select(of =>
        $"{of.Key} predicts something that is no finite number with {string.Join(", ", of.Select(r => r.Case))}, and has no metrics there. Look for huge values in the data: amodal data inspect.");

    /// <summary>Refuses another method that cannot stand beside this one in its tables.</summary>
    private void CheckSameUtterances(RunEvaluator? against)
    {
        if (against is null)
        {
            return;
        }

        if (!against.Utterances.SequenceEqual(Utterances))
        {
            throw new InputException(against.Source, null, "is evaluated on other utterances; methods are compared on the same ones, in the same folds.");
        }

        if (BaselineNames.IsTaken(against.MethodName))
        {
            throw new InputException(against.Source, null,
                $"is called '{against.MethodName}', as another row is; name it first, under another name, and then {Source}.")
            { Remedies = ["name"] };
        }

        if (against.MethodName == MethodName)
        {
            throw new InputException(against.Source, null, $"is called {MethodName}, too; give {Source} another name.") { Remedies = ["name"] };
        }
    }

    /// <summary>The rows beside the method; none unless every run has them.</summary>
    private List<MethodPredictions> Baselines() => [.. Enumerable.Range(0, _folds.Min(f => f.Baselines.Count)).Select(i => new MethodPredictions(
        First.Baselines[i].Card.Name,
        [.. _trainings.Select(training => (Func<Observation, float[]>)(observed => [.. training.SelectMany(f => f.BaselineRuns[i].Predict(observed))]))])
    {
        ByRow = [.. _trainings.Select(training => ByRow([.. training.Select(f => f.BaselineRuns[i])], (run, observed) => run.Predict(observed)))],
    })];

    /// <summary>Of several folds those of each.</summary>
    private static Func<IReadOnlyList<Observation>, float[]> ByRow(IReadOnlyList<MethodRun> runs, Func<MethodRun, IReadOnlyList<Observation>, float[]> predict) => observed =>
    {
        var from = 0;
        return [.. runs.SelectMany(run => predict(run, [.. observed.Skip((from += run.Count) - run.Count).Take(run.Count)]))];
    };

    /// <summary>Per training one table of predictions for every fold.</summary>
    private List<List<MethodRun>> Runs(SamplerOptions? sampler) => [.. _trainings.Select(training => training.Select(f => f.RunOf(sampler)).ToList())];

    private MethodPredictions Method(List<List<MethodRun>> runs, int samples, Action<string, double>? progress, CancellationToken stop)
    {
        var total = samples * _folds.Sum(f => f.Split.Count);
        var done = new Dictionary<Observation, int>();
        return new MethodPredictions(MethodName, [.. runs.Select(training => (Func<Observation, float[]>)(observed =>
        {
            var what = $"recover from {observed.Describe(Names)}";
            progress?.Invoke(what, (double)done.GetValueOrDefault(observed) / total);
            var predictions = training.SelectMany(r => r.Predict(observed, samples, count =>
                progress?.Invoke(what, (double)(done[observed] = done.GetValueOrDefault(observed) + count) / total), stop)).ToArray();
            progress?.Invoke(what, training == runs[^1] ? 1 : (double)done.GetValueOrDefault(observed) / total);
            return predictions;
        }))])
        {
            ByRow = [.. runs.Select(training => ByRow(training, (run, observed) => run.Predict(observed, samples, progress: null, stop)))],
        };
    }

    /// <summary>How good the intervals are, over the utterances that hold all that is observed.</summary>
    private IReadOnlyList<CertaintyRow> CertaintyRows(
        float[] truth, List<List<MethodRun>> runs, MethodPredictions method, IReadOnlyList<MethodPredictions> baselines, CancellationToken stop)
    {
        const int Percent = 90;
        return [.. Pooled(method, runs), .. Enumerable.Range(0, _folds.Min(f => f.Baselines.Count)).SelectMany(i =>
            Pooled(baselines[i], [.. _trainings.Select(training => training.Select(f => f.BaselineRuns[i]).ToList())]))];

        IReadOnlyList<CertaintyRow> Pooled(MethodPredictions of, List<List<MethodRun>> trainings) =>
            CertaintyRow.Pool([.. trainings.Select((training, t) => Patterns.All(Names.Count).SelectMany(set => Of(of, training, t, set)).ToList())], Names);

        IEnumerable<CertaintyRow> Of(MethodPredictions of, List<MethodRun> training, int number, ModalitySet set)
        {
            var parts = training.Select(r => r.Certainty(set, Percent, stop)).OfType<Certainty>().ToList();
            if (parts.Count == 0)
            {
                return [];
            }

            int[] rows = [.. Enumerable.Range(0, truth.Length / Target.Labels).Where(row => _present is null || _present[row].And(set) == set)];
            return CertaintyRow.Of(of.Name, set.Describe(Names), Target, Rows(truth, Target.Labels), Rows(of.For(set, number), Target.Width),
                new Certainty(Rows(parts.SelectMany(c => c.Deviations), Target.Labels), Rows(parts.SelectMany(c => c.Margins), Target.Labels)), Percent).ToList();

            float[] Rows(IEnumerable<float> all, int width)
            {
                var byRow = all.Chunk(width).ToArray();
                return [.. rows.SelectMany(row => byRow[row])];
            }
        }
    }

    /// <summary>The best any method could do, where the data says how it was made.</summary>
    private IEnumerable<MethodPredictions> Optimum() =>
        SyntheticOptimum.Of([.. _trainings[0].Select(f => (f.Data, f.Split))]) is { } optimum ? [new MethodPredictions(BaselineNames.Optimum, optimum)] : [];

    private List<LatentRecoveryRow> LatentRows(List<MethodRun> runs, List<string> notes, Action<string, double>? progress, CancellationToken stop)
    {
        var keys = runs[0].Agreements.Keys.OrderBy(k => k.Modality).ThenBy(k => k.Observed.Count).ThenBy(k => k.Observed.Bits).ToList();
        var affordable = keys.Where(IsAffordable).ToList();
        if (affordable.Count < keys.Count)
        {
            notes.Add($"The linear reference is left out for {keys.Count - affordable.Count} of {keys.Count} recoveries: each would take more than {LinearRecovery.MostOperations:0e0} operations.");
        }

        var linear = Diagnostic("The linear reference", notes, () => LinearAgreements(affordable, progress, stop)) ?? [];
        return [.. keys.Select(key =>
        {
            var (sampled, aligned, filled) = Agreement(runs, key);
            return LatentRecoveryRow.Of(MethodName, Names[key.Modality], key.Observed.Describe(Names), sampled, aligned, filled, linear.GetValueOrDefault(key));
        })];
    }

    private bool IsAffordable((int Modality, ModalitySet Observed) key) =>
        _folds.All(f => f.Run is null || LinearReference.IsAffordable(f.Data, f.Latents, key.Modality, key.Observed));

    /// <summary>What stands beside the results and may fail without them: torch's refusals become a note.</summary>
    private static T? Diagnostic<T>(string what, List<string> notes, Func<T?> measure)
        where T : class
    {
        try
        {
            return measure();
        }
        catch (ExternalException e)
        {
            notes.Add($"{what} could not be made: {e.Message.Split('\n')[0]}");
            return null;
        }
    }

    /// <summary>What ridge regression makes of the same latents, pooled over the folds; null where one has no utterances to fit it on.</summary>
    private Dictionary<(int Modality, ModalitySet Observed), LatentAgreement>? LinearAgreements(
        List<(int Modality, ModalitySet Observed)> keys, Action<string, double>? progress, CancellationToken stop)
    {
        if (keys.Count == 0 || _folds.Any(f => f.Run is null || !LinearReference.IsPossible(f.Data)))
        {
            return null;
        }

        var parts = _folds.Select((f, i) => LinearReference.Of(
            f.Run!, f.Data, f.Latents, keys, done => progress?.Invoke("linear reference", (i + done) / _folds.Count), stop)).ToList();
        return keys.ToDictionary(k => k, k => LatentAgreement.Pool(parts.Select(p => p[k])));
    }

    private static (LatentAgreement Sampled, LatentAgreement Aligned, LatentAgreement MeanFill) Agreement(
        List<MethodRun> runs, (int Modality, ModalitySet Observed) key)
    {
        var all = runs.Select(r => r.Agreements[key]).ToList();
        return (LatentAgreement.Pool(all.Select(a => a.Sampled)), LatentAgreement.Pool(all.Select(a => a.Aligned)), LatentAgreement.Pool(all.Select(a => a.MeanFill)));
    }

    private NfePoint NfePoint(
        float[] truth, SamplerOptions sampler, (MethodPredictions Method, List<List<MethodRun>> Runs)? shared, EvaluationOptions options,
        Action<string, double>? progress, CancellationToken stop)
    {
        var incomplete = Patterns.Incomplete(Names.Count);
        var plan = SamplingPlan.Create(sampler);
        var runs = shared?.Runs ?? Runs(sampler);
        var method = shared?.Method ?? Method(runs, options.Samples, null, stop);
        method = _present is null ? method : method.On(_present); // as in the tables
        var clock = Stopwatch.StartNew();
        var predictions = incomplete.Select((observed, i) =>
        {
            var p = method.Each(training => method.For(observed, training));
            progress?.Invoke($"NFE {plan.Nfe}", (i + 1.0) / incomplete.Count);
            return p;
        }).ToList();
        var seconds = clock.Elapsed.TotalSeconds;
        var estimates = Bootstrap.Estimate(truth, method.Each(training => predictions.Select(p => p[training]).ToList()), options.Seed, _groups, target: Target);
        var all = runs.SelectMany(r => r).ToList();
        var errors = all[0].Agreements.Keys.Select(k => Agreement(all, k).Sampled);
        return new NfePoint(
            $"{MethodName} ({OptionNames.Of(sampler.Kind)})", plan.Nfe,
            Metric.Used(estimates.Keys, MetricUse.Lead).ToDictionary(m => m, m => estimates[m]), LatentAgreement.Pool(errors).Error, seconds);
    }

    private List<ReportFact> Facts(SamplerOptions? sampler, EvaluationOptions options)
    {
        var method = Card.Facts.ToLookup(f => f.Name == "versions" ? 2 : f.Name == "engine" ? 0 : 1, f => new ReportFact(f.Name, f.Value));
        return
        [
            new("method", MethodName),
            .. First.Run is null ? [] : (ReportFact[])[new("runs", string.Join(", ", _folds.Select(f => Path.GetFileName(f.Source))))],
            .. method[0],
            new("data", string.Join(", ", _folds.Select(f => Path.GetFileName(f.Data.Source)).Distinct())),
            new("data digest", string.Join(", ", _folds.Select(f => f.Data.Digest[..16]).Distinct())),
            new("utterances", _units.Utterances.ToString(CultureInfo.InvariantCulture)),
            new("training seed", string.Join(", ", _folds.Select(f => f.Seed).Distinct())),
            new("mask seeds", $"1 to {options.MaskSeeds}"),
            .. sampler is null || First.Method is not ISampledMethod sampled ? [] : (ReportFact[])[new(EvaluationFacts.Sampler, EvaluationFacts.SamplerText(sampled.With(sampler).Nfe == 0 ? Recovery.None : Recovery.Separate, sampler, options.Samples))],
            .. method[1],
            new("intervals", $"{_units.Text}, {Bootstrap.DefaultResamples} resamples"),
            .. method[2],
        ];
    }

    /// <summary>One run, or the exported model, with its data. Owns them.</summary>
    private sealed record Fold(IMethod Method, IReadOnlyList<IMethod> Baselines, DataSet Data, Split Split, TrainedRun? Run) : IDisposable
    {
        private readonly RunEncoding? _encoding = Run?.Lease(Split); // all that this uses share it, to the end
        private readonly List<MethodRun> _runs = [];
        private IReadOnlyList<MethodRun>? _baselineRuns;

        public string Source => Method.Card.Source;

        public ulong Seed => Method.Card.Seed;

        public IReadOnlyList<MethodRun> BaselineRuns => _baselineRuns ??= [.. Baselines.Select(b => new MethodRun(b, Split))];

        /// <summary>The latents as the linear reference takes them.</summary>
        public LatentStore Latents => _encoding!.Latents;

        public MethodRun RunOf(SamplerOptions? sampler)
        {
            _runs.Add(new MethodRun(sampler is not null && Method is ISampledMethod sampled ? sampled.With(sampler) : Method, Split));
            return _runs[^1];
        }

        public void Dispose()
        {
            _runs.Concat(_baselineRuns ?? []).ToList().ForEach(r => r.Dispose());
            Run?.Return(Split);
            Method.Dispose();
            Run?.Dispose();
        }
    }
}
