using Amodal.Engines;

namespace Amodal.Benchmarks;

/// <summary>An exported model computed by ONNX Runtime, on random features.</summary>
internal sealed class OnnxSubject : IBenchSubject
{
    private readonly string _folder;
    private readonly SamplerOptions _sampler;
    private readonly Dictionary<int, (Split Rows, LatentRows[] Latents)> _batches = [];
    private readonly Dictionary<int, OnnxModel> _models = []; // by threads, which a session has for its life
    private OnnxModel _model;
    private LatentPath<LatentRows> _path;

    /// <summary>Opens the folder of an exported model.</summary>
    /// <param name="nfe">Network evaluations instead of its own; null keeps them.</param>
    /// <param name="name">For the tables; the folder's unless given.</param>
    public OnnxSubject(string folder, int? nfe = null, string? name = null)
    {
        _folder = folder;
        Name = name ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        _models[0] = _model = OnnxModel.Load(folder);
        _sampler = nfe is { } count ? _model.Manifest.Sampler with { Nfe = count } : _model.Manifest.Sampler;
        _path = _model.CreatePath(sampler: _sampler);
    }

    public string Name { get; }

    public string Engine => BenchSubjects.Onnx;

    public int MostMissing => _model.Modalities.Count - 1;

    public int? Nfe => _model.Manifest.Recovery == Diffusion.Recovery.None ? 0 : SamplingPlan.Create(_sampler).Nfe;

    public string? Sampling => EvaluationFacts.SamplerText(_model.Manifest.Recovery, _sampler);

    public bool HasPath => true;

    /// <remarks>A graph does not tell.</remarks>
    public long? Operations(int missing) => null;

    public void UseThreads(int threads)
    {
        if (!_models.TryGetValue(threads, out var model))
        {
            _models[threads] = model = OnnxModel.Load(_folder, threads);
        }

        (_model, _path) = (model, model.CreatePath(sampler: _sampler));
    }

    public void Prepare(int batch) => _ = Batch(batch);

    public void Recover(int batch, int missing, CancellationToken stop) => _ = Recovered(batch, missing, stop);

    public void Predict(int batch, int missing, CancellationToken stop) => _ = Predictions(batch, missing, stop);

    /// <summary>The model of the threads in use.</summary>
    internal OnnxModel Model => _model;

    /// <summary>Which modalities were recovered.</summary>
    internal IEnumerable<int> Recovered(int batch, int missing, CancellationToken stop)
    {
        var (rows, latents) = Batch(batch);
        return _path.Recover(latents, Observed(missing), Keys(rows), stop: stop).Keys;
    }

    /// <summary>What is predicted, a number per row.</summary>
    internal float[] Predictions(int batch, int missing, CancellationToken stop)
    {
        var rows = Batch(batch).Rows;
        var observed = Observed(missing);
        LatentRows[] latents = [.. rows.Features.Select((f, m) => observed.Contains(m)
            ? _model.Encode(m, f.Values, rows.Count) : new LatentRows(rows.Count, _model.Shapes[m].Channels * _model.Shapes[m].Length))];
        return _path.Predict(latents, [.. Enumerable.Repeat(observed, rows.Count)], Keys(rows), stop: stop);
    }

    public void Dispose()
    {
        foreach (var model in _models.Values)
        {
            model.Dispose();
        }
    }

    private ModalitySet Observed(int missing)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(missing);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(missing, MostMissing);
        return ModalitySet.All(_model.Modalities.Count).Without(ModalitySet.All(missing));
    }

    private static ulong[] Keys(Split rows) => [.. rows.Ids.Select(Randomness.StableRandom.KeyOf)];

    private (Split Rows, LatentRows[] Latents) Batch(int size)
    {
        if (!_batches.TryGetValue(size, out var batch))
        {
            var rows = RandomUtterances.Draw(_model.Modalities, size);
            _batches[size] = batch = (rows, [.. _model.Encode(rows)]);
        }

        return batch;
    }
}
