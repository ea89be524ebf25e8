using System.Diagnostics;
using System.Globalization;
using Amodal.Configuration;
using Amodal.Data;
using Amodal.Data.Synthetic;
using Amodal.Diffusion.Sampling;
using Amodal.Engines;
using Amodal.Evaluation;
using Amodal.Evaluation.Reports;
using Amodal.Latents;
using Amodal.Missingness;
using Amodal.Prediction;
using Amodal.Randomness;

namespace Amodal.Training;

/// <summary>
/// Evaluates an exported model without torch. An export holds the method only: there are no floors beside it, no learning
/// curves, and no linear reference of the latents. Owns the model.
/// </summary>
public sealed class ExportEvaluator : IRunEvaluator
{
    private readonly OnnxModel _model;
    private readonly DataSet _data;
    private readonly Split _split;
    private readonly IReadOnlyList<LatentRows> _latents;
    private readonly IReadOnlyList<bool[]> _valid;
    private readonly ulong[] _keys;
    private readonly IntervalUnits _units;
    private readonly IReadOnlyList<string>? _groups;
    private readonly IReadOnlyList<ModalitySet>? _present;

    /// <summary>Encodes the split; takes over the model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">The data.</param>
    /// <param name="split">The split.</param>
    /// <param name="methodName">Name of the method in tables; null takes the folder's.</param>
    /// <exception cref="InputException">The data's modalities are not the model's, or there is no such split.</exception>
    public ExportEvaluator(OnnxModel model, DataSet data, string split, string? methodName = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        data.CheckModalities(model.Modalities, model.Folder);
        (_model, _data, _split) = (model, data, data[split]);
        MethodName = methodName ?? Path.GetFileName(Path.GetFullPath(model.Folder));
        _latents = model.Encode(_split);
        _valid = [.. _split.Features.Select((f, m) => ValidSteps(f, model.Shapes[m]))];
        _keys = [.. _split.Ids.Select(StableRandom.KeyOf)];
        (_units, _groups) = IntervalUnits.Of([(data, _split)]);
        _present = Presence.OfAll([_split]);
    }

    /// <inheritdoc/>
    public string MethodName { get; }

    /// <inheritdoc/>
    public string Source => _model.Folder;

    /// <inheritdoc/>
    public IReadOnlyList<string> Utterances => _split.Ids;

    /// <inheritdoc/>
    public SamplerOptions Sampler => _model.Manifest.Sampler;

    /// <inheritdoc/>
    public IReadOnlyList<string> Modalities => Names;

    /// <inheritdoc/>
    public string? OtherData => null; // an export does not know its data

    private List<string> Names => [.. _model.Modalities.Select(m => m.Name)];

    /// <inheritdoc/>
    public void CheckRates(IEnumerable<double> missingRates)
    {
        ArgumentNullException.ThrowIfNull(missingRates);
        foreach (var rate in missingRates)
        {
            _ = RandomMasks.MissingCount(rows: 1, Names.Count, rate);
        }
    }

    /// <inheritdoc/>
    public RunEvaluationResult Evaluate(
        EvaluationOptions options, SamplerOptions? sampler = null, IReadOnlyList<int>? nfeCurve = null, Action<string, double>? progress = null,
        CancellationToken stop = default, IRunEvaluator? against = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        RunEvaluator.CheckNames(this, Names);
        RunEvaluator.CheckSameUtterances(this, against);
        sampler ??= Sampler;
        List<MethodPredictions> rivals = against is null ? [] : [against.Predictions(options.Samples, progress, stop)];
        var path = new SampledPath(this, sampler, options.Samples, progress, stop);
        List<NfePoint> curve = [.. (nfeCurve ?? []).Where(n => n != sampler.Nfe).Select(n =>
            NfePoint(new SampledPath(this, sampler with { Nfe = n }, options.Samples, null, stop), options, progress))];
        if (nfeCurve is { Count: > 0 })
        {
            curve.Add(NfePoint(path, options, progress));
        }

        foreach (var observed in options.Fixed ? Patterns.All(Names.Count) : [])
        {
            rivals.Append(path.Predictions).ToList().ForEach(m => m.Each(training => m.For(observed, training))); // here, so that progress shows before the tables are made
        }

        progress?.Invoke("tables", 0);
        var protocols = new ProtocolEvaluator(_split.Labels, Names, options, _groups, _present);
        var rows = protocols.Rows([.. Optimum(), path.Predictions, .. rivals]);
        var differences = protocols.Differences(path.Predictions, rivals);
        progress?.Invoke("tables", 1);
        return new RunEvaluationResult(Facts(sampler, options), rows, differences, LatentRows(path), [.. curve.OrderBy(p => p.Nfe)])
        {
            Intervals = _units,
            Notes = [.. _units.Notes, .. RunEvaluator.NotesOn(rows)],
            Effects = protocols.Effects(path.Predictions),
            Utterances = protocols.Utterances(path.Predictions, [.. _split.Ids.Select((id, row) => (id, _split.Transcripts?[row]))]),
        };
    }

    /// <inheritdoc/>
    public MethodPredictions Predictions(int samples, Action<string, double>? progress = null, CancellationToken stop = default) =>
        new SampledPath(this, Sampler, samples, progress, stop).Predictions;

    /// <inheritdoc/>
    public ReportData ToReport(RunEvaluationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return new ReportData
        {
            Title = $"Amodal: {MethodName}",
            Subtitle = "Emotion recognition with missing modalities, by an exported model.",
            Facts = result.Facts,
            Rows = result.Rows,
            Optimum = result.Rows.Any(r => r.Method == RunEvaluator.OptimumName) ? RunEvaluator.OptimumName : null,
            NfeCurve = result.NfeCurve,
            Differences = [.. result.Differences.Where(d => d.Metric is Metrics.Acc2NonZero or Metrics.Mae)],
            Effects = result.Effects,
            Utterances = result.Utterances,
            LatentRecovery = result.LatentRecovery,
            Intervals = result.Intervals?.Text ?? "",
            Notes = [.. result.Notes, .. _data.Notes],
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();

    private IEnumerable<MethodPredictions> Optimum() => SyntheticModel.TryRecognise(_data) is { } known
        ? [new MethodPredictions(RunEvaluator.OptimumName, observed => known.OptimalPredictions(_split, observed))] : [];

    private NfePoint NfePoint(SampledPath path, EvaluationOptions options, Action<string, double>? progress)
    {
        var incomplete = Patterns.Incomplete(Names.Count);
        var nfe = SamplingPlan.Create(path.Sampler).Nfe;
        var method = _present is null ? path.Predictions : path.Predictions.On(_present); // as in the tables
        var clock = Stopwatch.StartNew();
        var predictions = incomplete.Select((observed, i) =>
        {
            var p = method.For(observed);
            progress?.Invoke($"NFE {nfe}", (i + 1.0) / incomplete.Count);
            return p;
        }).ToList();
        var seconds = clock.Elapsed.TotalSeconds;
        var estimates = Bootstrap.Estimate(_split.Labels, predictions, options.Seed, _groups);
        var error = LatentAgreement.Pool(path.Agreements.Values.Select(a => a.Sampled)).Error;
        return new NfePoint(
            $"{MethodName} ({OptionNames.Of(path.Sampler.Kind)})", nfe, estimates[Metrics.Acc2NonZero], estimates[Metrics.Mae], error, seconds);
    }

    private List<LatentRecoveryRow> LatentRows(SampledPath path) =>
    [
        .. path.Agreements.OrderBy(a => a.Key.Modality).ThenBy(a => a.Key.Observed.Count).ThenBy(a => a.Key.Observed.Bits).Select(a => new LatentRecoveryRow(
            MethodName, Names[a.Key.Modality], a.Key.Observed.Describe(Names),
            a.Value.Sampled.Error, a.Value.Sampled.Correlation, a.Value.Aligned.Error, a.Value.Aligned.Correlation, a.Value.MeanFill.Error)),
    ];

    private List<ReportFact> Facts(SamplerOptions sampler, EvaluationOptions options) =>
    [
        new("method", MethodName),
        new("engine", "ONNX Runtime"),
        new("data", Path.GetFileName(_data.Source)),
        new("data digest", _data.Digest[..16]),
        new("utterances", _split.Count.ToString(CultureInfo.InvariantCulture)),
        new("training seed", _model.Manifest.Seed.ToString(CultureInfo.InvariantCulture)),
        new("mask seeds", $"1 to {options.MaskSeeds}"),
        new(EvaluationFacts.Sampler, EvaluationFacts.SamplerText(_model.Manifest.Recovery, sampler, options.Samples)),
        new("conditioning", OptionNames.Of(_model.Manifest.Conditioning)),
        new("intervals", $"{_units.Text}, {Bootstrap.DefaultResamples} resamples"),
        new("versions", _model.Manifest.Producer),
    ];

    /// <summary>By row and latent step: whether one of the frames that the encoder's kernel covers is more than padding.</summary>
    private static bool[] ValidSteps(FeatureArray features, LatentShape shape)
    {
        var (length, width) = (features.Modality.Length, features.Modality.Width);
        var kernel = length - shape.Length + 1;
        var valid = new bool[features.Rows * shape.Length];
        for (var i = 0; i < valid.Length; i++)
        {
            var (row, step) = Math.DivRem(i, shape.Length);
            valid[i] = !Standardiser.IsPadding(features.Row(row).Slice(step * width, kernel * width));
        }

        return valid;
    }

    /// <summary>The model with a sampler: predictions by observed set, and how well the latents of the first sample agree.</summary>
    private sealed class SampledPath
    {
        private readonly ExportEvaluator _of;
        private readonly LatentPath<LatentRows> _path;
        private readonly int _samples;
        private readonly Action<string, double>? _progress;
        private readonly CancellationToken _stop;

        public SampledPath(ExportEvaluator of, SamplerOptions sampler, int samples, Action<string, double>? progress, CancellationToken stop)
        {
            (_of, Sampler, _samples, _progress, _stop) = (of, sampler, samples, progress, stop);
            _path = of._model.CreatePath(sampler: sampler);
            Predictions = new MethodPredictions(of.MethodName, Predict);
        }

        public SamplerOptions Sampler { get; }

        public MethodPredictions Predictions { get; }

        public Dictionary<(int Modality, ModalitySet Observed), (LatentAgreement Sampled, LatentAgreement Aligned, LatentAgreement MeanFill)> Agreements { get; } = [];

        private float[] Predict(ModalitySet observed)
        {
            if (observed.Count == _of._latents.Count)
            {
                return _of._model.Fuse(_of._latents, allObserved: true);
            }

            var (done, total) = (0, _samples * _of._split.Count);
            var what = $"recover from {observed.Describe(_of.Names)}";
            var draws = Enumerable.Range(0, _samples).Select(draw => Draw(observed, draw, count => _progress?.Invoke(what, (double)(done += count) / total))).ToList();
            return [.. Enumerable.Range(0, _of._split.Count).Select(row => draws.Average(d => d[row]))];
        }

        private float[] Draw(ModalitySet observed, int draw, Action<int> progress)
        {
            var latents = _of._latents.ToArray();
            foreach (var (m, sampled) in _path.Recover(_of._latents, observed, _of._keys, draw, progress, _stop))
            {
                latents[m] = _of._model.Align(m, sampled);
                if (draw == 0)
                {
                    Agreements[(m, observed)] = (Agreement(m, sampled), Agreement(m, latents[m]), Agreement(m, Average(m)));
                }
            }

            return _of._model.Fuse(latents, allObserved: false);
        }

        private LatentAgreement Agreement(int modality, LatentRows recovered)
        {
            var agreement = new LatentAgreement();
            agreement.Add(recovered.Values, _of._latents[modality].Values, _of._valid[modality], _of._model.Shapes[modality].Length);
            return agreement;
        }

        private LatentRows Average(int modality)
        {
            var rows = new LatentRows(_of._split.Count, _of._latents[modality].Width);
            float[] average = [.. _of._model.Manifest.Modalities[modality].AverageLatent];
            for (var row = 0; row < rows.Rows; row++)
            {
                average.CopyTo(rows.Row(row));
            }

            return rows;
        }
    }
}
