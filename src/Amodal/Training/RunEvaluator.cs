using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Amodal.Configuration;
using Amodal.Data;
using Amodal.Data.Synthetic;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Sampling;
using Amodal.Evaluation;
using Amodal.Evaluation.Reports;
using Amodal.Latents;
using Amodal.Missingness;
using static TorchSharp.torch;

namespace Amodal.Training;

/// <summary>
/// Evaluates one run, or several of one experiment. Folds share no test utterance: their utterances are pooled, each predicted
/// by the run that did not train on it. Training seeds share all of them: every number is then the mean over the trainings,
/// with its spread. Folds that were each trained with the same several seeds are both. Owns the models it loads.
/// </summary>
public sealed class RunEvaluator : IRunEvaluator
{
    /// <summary>Name of the best possible predictions in tables.</summary>
    public const string OptimumName = "optimum";

    private readonly List<Fold> _folds = []; // all runs
    private readonly List<List<Fold>> _trainings; // per training seed its run of every fold, in the same order
    private readonly IntervalUnits _units;
    private readonly IReadOnlyList<string>? _groups;
    private readonly IReadOnlyList<ModalitySet>? _present;
    private readonly string? _methodName;
    private readonly Precision _precision;

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
    {
        (_methodName, _precision) = (methodName, precision);
        try
        {
            foreach (var path in runs)
            {
                _folds.Add(Load(path, dataFile, split, device, precision, _folds.Select(f => f.Data), limits));
            }

            CheckOneExperiment();
            _trainings = Trainings();
            _present = Presence.OfAll(_trainings[0].Select(f => f.Latents.Split));
            (_units, _groups) = IntervalUnits.Of(_trainings[0].Select(f => (f.Data, f.Latents.Split)), _trainings.Count);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private TrainedRun First => _folds[0].Run;

    private IEnumerable<string> FloorNames => _folds.All(f => f.Run.HasFloors) ? ModelEvaluation.FloorNames : [];

    private List<string> Names => [.. First.Manifest.Modalities.Select(m => m.Name)];

    /// <summary>The learning curves of the first run.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<EpochRecord>> Curves => First.Directory.ReadCurves(First.Manifest);

    /// <inheritdoc/>
    public string MethodName => _methodName ?? First.Options.Name;

    /// <inheritdoc/>
    public string Source => First.Directory.Path;

    /// <inheritdoc/>
    public IReadOnlyList<string> Utterances => [.. _trainings[0].SelectMany(f => f.Latents.Split.Ids)];

    /// <inheritdoc/>
    public SamplerOptions Sampler => First.Method.Sampler;

    /// <inheritdoc/>
    public IReadOnlyList<string> Modalities => Names;

    /// <inheritdoc/>
    public string? OtherData => _folds.FirstOrDefault(f => f.Run.Manifest.DataDigest is { Length: > 0 } own && f.Data.Digest != own)?.Data.Source;

    /// <inheritdoc/>
    public void CheckRates(IEnumerable<double> missingRates)
    {
        foreach (var rate in missingRates)
        {
            _ = RandomMasks.MissingCount(rows: 1, Names.Count, rate);
        }
    }

    /// <inheritdoc/>
    public MethodPredictions Predictions(int samples, Action<string, double>? progress = null, CancellationToken stop = default) =>
        Method(MethodName, Evaluations(Sampler), samples, progress, stop);

    /// <inheritdoc/>
    public RunEvaluationResult Evaluate(
        EvaluationOptions options, SamplerOptions? sampler = null, IReadOnlyList<int>? nfeCurve = null, Action<string, double>? progress = null,
        CancellationToken stop = default, IRunEvaluator? against = null)
    {
        sampler ??= Sampler;
        CheckNames(this, Names);
        CheckSameUtterances(this, against);
        var truth = _trainings[0].SelectMany(f => f.Latents.Split.Labels).ToArray();
        var evaluations = Evaluations(sampler);
        var method = Method(MethodName, evaluations, options.Samples, progress, stop);
        var floors = Floors(evaluations);
        if (against is not null)
        {
            floors.Add(against.Predictions(options.Samples, progress, stop));
        }

        List<NfePoint> curve = [];
        if (nfeCurve is { Count: > 0 })
        {
            // The sampler that is evaluated is a point of the curve too, and its predictions serve the tables.
            curve.AddRange(nfeCurve.Where(n => n != sampler.Nfe).Select(n => NfePoint(truth, sampler with { Nfe = n }, null, options, progress, stop)));
            curve.Add(NfePoint(truth, sampler, (method, evaluations), options, progress, stop));
        }

        foreach (var observed in options.Fixed ? Patterns.All(Names.Count) : [])
        {
            floors.Append(method).ToList().ForEach(m => m.Each(training => m.For(observed, training))); // here, so that progress shows before the tables are made
        }

        var protocols = new ProtocolEvaluator(truth, Names, options, _groups, _present);
        progress?.Invoke("tables", 0);
        var rows = protocols.Rows([.. Optimum(), method, .. floors]);
        var differences = protocols.Differences(method, floors);
        progress?.Invoke("tables", 1);
        List<string> notes = [.. _units.Notes, .. NotesOn(rows)];
        return new RunEvaluationResult(
            Facts(sampler, options), rows, differences, LatentRows([.. evaluations.SelectMany(e => e)], notes, progress, stop), [.. curve.OrderBy(p => p.Nfe)])
        {
            Intervals = _units,
            Notes = notes,
            Predictions = method,
            Effects = protocols.Effects(method),
            Utterances = protocols.Utterances(method, [.. _trainings[0].SelectMany(f => f.Latents.Split.Ids.Select((id, row) => (id, f.Latents.Split.Transcripts?[row])))]),
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
        var truth = _trainings[0].SelectMany(f => f.Latents.Split.Labels).ToArray();
        var evaluations = Evaluations(Sampler);
        var method = Method(MethodName, evaluations, options.Samples, progress, stop);
        var floors = Floors(evaluations).Where(f => f.Name is not ("zero-fill" or "mean-fill")).ToList();
        var protocols = new ProtocolEvaluator(truth, Names, options, _groups, _present);
        return new RunEvaluationResult(Facts(Sampler, options), protocols.Rows([method, .. floors]), protocols.Differences(method, floors), [], [])
        {
            Intervals = _units,
            Notes = [.. _units.Notes],
        };
    }

    /// <inheritdoc/>
    public ReportData ToReport(RunEvaluationResult result) => new()
    {
        Title = $"Amodal: {MethodName}",
        Subtitle = "Emotion recognition with missing modalities: the method beside its baselines, on the same utterances and masks.",
        Facts = result.Facts,
        Rows = result.Rows,
        Optimum = result.Rows.Any(r => r.Method == OptimumName) ? OptimumName : null,
        Curves = [.. Curves.Select(c => new LearningCurve(c.Key, [.. c.Value.Select(e => new LearningCurvePoint(e.Epoch, e.TrainLoss, e.ValidLoss))]))],
        NfeCurve = result.NfeCurve,
        Differences = [.. result.Differences.Where(d => d.Metric is Metrics.Acc2NonZero or Metrics.Mae)],
        Effects = result.Effects,
        Utterances = result.Utterances,
        LatentRecovery = result.LatentRecovery,
        Intervals = result.Intervals?.Text ?? "",
        Notes = [.. result.Notes.Concat(First.Manifest.Notes).Concat(_folds.SelectMany(f => f.Data.Notes)).Distinct()],
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var fold in _folds)
        {
            fold.Features.Dispose();
            fold.Latents.Dispose();
            fold.FloorLatents.Dispose();
            fold.Run.Dispose();
        }
    }

    private static Fold Load(
        string path, string? dataFile, string split, Device device, Precision precision, IEnumerable<DataSet> known, ReadLimits? limits)
    {
        var run = TrainedRun.Load(path, device, precision);
        try
        {
            var data = known.FirstOrDefault(d => dataFile is not null || (d.Source == run.Manifest.DataFile && d.Digest == run.Manifest.DataDigest)) ?? run.ReadData(dataFile, limits);
            var (features, latents) = run.Encode(data, split);
            return new Fold(run, data, features, latents, run.Floors.Encode(data[split], features));
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    private void CheckOneExperiment()
    {
        foreach (var run in _folds.Select(f => f.Run))
        {
            if (!run.Options.TrainsLike(First.Options with { Seed = run.Options.Seed }) || !run.Manifest.Modalities.SequenceEqual(First.Manifest.Modalities))
            {
                throw new InputException(run.Directory.Path, null, $"has another configuration than {First.Directory.Path}; runs are pooled only when they are folds or training seeds of one experiment.");
            }
        }
    }

    /// <summary>Which runs are folds, and which are trainings of one fold with other seeds.</summary>
    private List<List<Fold>> Trainings()
    {
        var folds = new List<List<Fold>>();
        foreach (var run in _folds)
        {
            if (folds.FirstOrDefault(f => f[0].Latents.Split.Ids.SequenceEqual(run.Latents.Split.Ids)) is { } same)
            {
                CheckAnotherSeed(same, run);
                same.Add(run);
                continue;
            }

            var known = folds.SelectMany(f => f[0].Latents.Split.Ids).ToHashSet();
            if (run.Latents.Split.Ids.FirstOrDefault(known.Contains) is { } twice)
            {
                throw new InputException(run.Run.Directory.Path, $"utterance '{twice}'",
                    "is evaluated by another run too, but not all utterances are. Folds share none, training seeds share all; give runs of one kind.");
            }

            folds.Add([run]);
        }

        if (folds.All(f => f.Count == 1))
        {
            return [[.. folds.Select(f => f[0])]]; // folds may have a seed each
        }

        return [.. folds[0].Select(first => folds.Select(fold =>
            fold.Count == folds[0].Count && fold.FirstOrDefault(f => f.Run.Options.Seed == first.Run.Options.Seed) is { } run ? run : throw new InputException(
                fold[0].Run.Directory.Path, null, $"and the other runs of its test utterances have the seeds {Seeds(fold)}, those of {First.Directory.Path} have {Seeds(folds[0])}. "
                + "Folds and training seeds are pooled together where every fold was trained with the same seeds.")).ToList())];

        static string Seeds(List<Fold> runs) => string.Join(", ", runs.Select(r => r.Run.Options.Seed));
    }

    private static void CheckAnotherSeed(List<Fold> trainings, Fold run)
    {
        var path = run.Run.Directory.Path;
        if (run.Data.Digest != trainings[0].Data.Digest)
        {
            throw new InputException(path, null, $"has the test utterances of {trainings[0].Run.Directory.Path}, but its data are others; training seeds are pooled on the same data. Name the data with --data.");
        }

        if (trainings.FirstOrDefault(t => t.Run.Options.Seed == run.Run.Options.Seed) is { } twin)
        {
            throw new InputException(path, null, $"has the training seed and the test utterances of {twin.Run.Directory.Path}; a repetition tells nothing of the spread over seeds. Leave one out.");
        }
    }

    /// <summary>Refuses what would be mistaken for something else in the tables, before there are any.</summary>
    /// <exception cref="InputException">The method is called like a baseline, or two observed sets have one name.</exception>
    internal static void CheckNames(IRunEvaluator method, IReadOnlyList<string> modalities)
    {
        if (IsTaken(method.MethodName))
        {
            throw new InputException(method.Source, null, $"is called '{method.MethodName}', as a row that it is compared with is; give it another name with --name.");
        }

        ProtocolEvaluator.CheckNames(modalities);
    }

    /// <summary>What to know of rows that have no value.</summary>
    internal static IEnumerable<string> NotesOn(IReadOnlyList<ResultRow> rows) => rows.Where(r => double.IsNaN(r.Metrics[Metrics.Mae].Value)).GroupBy(r => r.Method).Select(of =>
        $"{of.Key} predicts something that is no finite number with {string.Join(", ", of.Select(r => r.Case))}, and has no metrics there. Look for huge values in the data: amodal data inspect.");

    private static bool IsTaken(string name) => name == OptimumName || ModelEvaluation.FloorOf(name) is not null;

    /// <summary>Refuses a rival that cannot stand beside a method in its tables.</summary>
    /// <exception cref="InputException">It has other utterances, or the name of this or of a baseline.</exception>
    internal static void CheckSameUtterances(IRunEvaluator method, IRunEvaluator? against)
    {
        if (against is null)
        {
            return;
        }

        if (!against.Utterances.SequenceEqual(method.Utterances))
        {
            throw new InputException(against.Source, null, "is evaluated on other utterances; methods are compared on the same ones, in the same folds.");
        }

        if (IsTaken(against.MethodName))
        {
            throw new InputException(against.Source, null,
                $"is called '{against.MethodName}', as another row is; evaluate it as the RUN, with another --name, and give {method.Source} to --against.");
        }

        if (against.MethodName == method.MethodName)
        {
            throw new InputException(against.Source, null, $"is called {method.MethodName}, too; give the method that is evaluated another name with --name.");
        }
    }

    private List<MethodPredictions> Floors(List<List<ModelEvaluation>> evaluations) => [.. FloorNames.Select(name => new MethodPredictions(ModelEvaluation.TitleOf(name, Names, First.Floors.Primary),
        [.. evaluations.Select(training => (Func<ModalitySet, float[]>)(observed => [.. training.SelectMany(e => e.Floor(name, observed))]))]))];

    /// <summary>Per training one evaluation for every fold.</summary>
    private List<List<ModelEvaluation>> Evaluations(SamplerOptions sampler) => [.. _trainings.Select(training => training.Select(f => new ModelEvaluation(
        f.Run.Method, f.Run.Method.CreatePath((ulong)f.Run.Options.Seed, sampler), f.Latents,
        f.Run.Floors, f.Features, f.FloorLatents)).ToList())];

    private MethodPredictions Method(string name, List<List<ModelEvaluation>> evaluations, int samples, Action<string, double>? progress, CancellationToken stop)
    {
        var total = samples * _folds.Sum(f => f.Latents.Count);
        var done = new Dictionary<ModalitySet, int>();
        return new MethodPredictions(name, [.. evaluations.Select(training => (Func<ModalitySet, float[]>)(observed =>
        {
            var what = $"recover from {observed.Describe(Names)}";
            progress?.Invoke(what, (double)done.GetValueOrDefault(observed) / total);
            var predictions = training.SelectMany(e => e.Method(observed, samples, count =>
                progress?.Invoke(what, (double)(done[observed] = done.GetValueOrDefault(observed) + count) / total), stop)).ToArray();
            progress?.Invoke(what, training == evaluations[^1] ? 1 : (double)done.GetValueOrDefault(observed) / total);
            return predictions;
        }))]);
    }

    /// <summary>The best any method could do, where the data says how it was made.</summary>
    private IEnumerable<MethodPredictions> Optimum()
    {
        var folds = _trainings[0];
        var models = folds.Select(f => SyntheticModel.TryRecognise(f.Data)).ToList();
        return models.Any(m => m is null) ? [] : [new MethodPredictions(OptimumName, observed =>
            [.. folds.SelectMany((f, i) => models[i]!.OptimalPredictions(f.Latents.Split, observed))])];
    }

    private List<LatentRecoveryRow> LatentRows(List<ModelEvaluation> evaluations, List<string> notes, Action<string, double>? progress, CancellationToken stop)
    {
        var keys = evaluations[0].Agreements.Keys.OrderBy(k => k.Modality).ThenBy(k => k.Observed.Count).ThenBy(k => k.Observed.Bits).ToList();
        var affordable = keys.Where(IsAffordable).ToList();
        if (affordable.Count < keys.Count)
        {
            notes.Add($"The linear reference is left out for {keys.Count - affordable.Count} of {keys.Count} recoveries: each would take more than {LinearRecovery.MostOperations:0e0} operations.");
        }

        var linear = Diagnostic("The linear reference", notes, () => LinearAgreements(affordable, progress, stop)) ?? [];
        return [.. keys.Select(key =>
        {
            var (sampled, aligned, filled) = Agreement(evaluations, key);
            return new LatentRecoveryRow(
                MethodName, Names[key.Modality], key.Observed.Describe(Names), sampled.Error, sampled.Correlation, aligned.Error, aligned.Correlation, filled.Error)
            {
                LinearError = linear.GetValueOrDefault(key)?.Error,
                LinearCorrelation = linear.GetValueOrDefault(key)?.Correlation,
            };
        })];
    }

    private bool IsAffordable((int Modality, ModalitySet Observed) key) => _folds.All(f => f.Data.Splits.FirstOrDefault(s => s.Name == "train") is not { } train
        || LinearRecovery.Operations(train.Count, key.Observed.Members.Sum(m => Numbers(f, m)), Numbers(f, key.Modality)) <= LinearRecovery.MostOperations);

    private static long Numbers(Fold fold, int modality) => fold.Latents.Latents[modality].shape[1] * fold.Latents.Latents[modality].shape[2];

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
        string[] needed = ["train", "valid"];
        if (keys.Count == 0 || _folds.Any(f => needed.Any(split => f.Data.Splits.All(s => s.Name != split || s.Count == 0))))
        {
            return null;
        }

        var parts = keys.ToDictionary(k => k, _ => new LatentAgreement());
        foreach (var (i, fold) in _folds.Index())
        {
            using var train = fold.Run.EncodeLatents(fold.Data, "train");
            using var valid = fold.Run.EncodeLatents(fold.Data, "valid");
            foreach (var (k, key) in keys.Index())
            {
                stop.ThrowIfCancellationRequested();
                using var predicted = LinearRecovery.Predict(train, valid, fold.Latents, key.Observed, key.Modality);
                parts[key].Add(predicted, fold.Latents.Latents[key.Modality], fold.Latents.Valid[key.Modality]);
                progress?.Invoke("linear reference", (((double)i * keys.Count) + k + 1) / (keys.Count * _folds.Count));
            }
        }

        return parts;
    }

    private static (LatentAgreement Sampled, LatentAgreement Aligned, LatentAgreement MeanFill) Agreement(
        List<ModelEvaluation> evaluations, (int Modality, ModalitySet Observed) key)
    {
        var all = evaluations.Select(e => e.Agreements[key]).ToList();
        return (LatentAgreement.Pool(all.Select(a => a.Sampled)), LatentAgreement.Pool(all.Select(a => a.Aligned)), LatentAgreement.Pool(all.Select(a => a.MeanFill)));
    }

    private NfePoint NfePoint(
        float[] truth, SamplerOptions sampler, (MethodPredictions Method, List<List<ModelEvaluation>> Evaluations)? shared, EvaluationOptions options,
        Action<string, double>? progress, CancellationToken stop)
    {
        var incomplete = Patterns.Incomplete(Names.Count);
        var plan = SamplingPlan.Create(sampler);
        var evaluations = shared?.Evaluations ?? Evaluations(sampler);
        var method = shared?.Method ?? Method(MethodName, evaluations, options.Samples, null, stop);
        method = _present is null ? method : method.On(_present); // as in the tables
        var clock = Stopwatch.StartNew();
        var predictions = incomplete.Select((observed, i) =>
        {
            var p = method.Each(training => method.For(observed, training));
            progress?.Invoke($"NFE {plan.Nfe}", (i + 1.0) / incomplete.Count);
            return p;
        }).ToList();
        var seconds = clock.Elapsed.TotalSeconds;
        var estimates = Bootstrap.Estimate(truth, method.Each(training => predictions.Select(p => p[training]).ToList()), options.Seed, _groups);
        var all = evaluations.SelectMany(e => e).ToList();
        var errors = all[0].Agreements.Keys.Select(k => Agreement(all, k).Sampled);
        return new NfePoint(
            $"{MethodName} ({OptionNames.Of(sampler.Kind)})", plan.Nfe, estimates[Metrics.Acc2NonZero], estimates[Metrics.Mae], LatentAgreement.Pool(errors).Error, seconds);
    }

    private List<ReportFact> Facts(SamplerOptions sampler, EvaluationOptions options) =>
    [
        new("method", MethodName),
        new("runs", string.Join(", ", _folds.Select(f => Path.GetFileName(f.Run.Directory.Path)))),
        new("data", string.Join(", ", _folds.Select(f => Path.GetFileName(f.Data.Source)).Distinct())),
        new("data digest", string.Join(", ", _folds.Select(f => f.Data.Digest[..16]).Distinct())),
        new("utterances", _units.Utterances.ToString(CultureInfo.InvariantCulture)),
        new("training seed", string.Join(", ", _folds.Select(f => f.Run.Options.Seed).Distinct())),
        new("mask seeds", $"1 to {options.MaskSeeds}"),
        new(EvaluationFacts.Sampler, EvaluationFacts.SamplerText(First.Options.Recovery, sampler, options.Samples)),
        new("precision", OptionNames.Of(_precision)),
        new("conditioning", First.Method.Conditioning.ToString().ToLowerInvariant()),
        new("intervals", $"{_units.Text}, {Bootstrap.DefaultResamples} resamples"),
        new("versions", string.Join(", ", First.Manifest.Versions.Select(v => $"{v.Key} {v.Value}"))),
    ];

    private sealed record Fold(TrainedRun Run, DataSet Data, FeatureTensors Features, LatentStore Latents, LatentStore FloorLatents);
}
