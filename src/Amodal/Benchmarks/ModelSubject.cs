namespace Amodal.Benchmarks;

/// <summary>A model computed by TorchSharp, on random features. Owns the features, and the model through what it was given to dispose.</summary>
internal sealed class ModelSubject : IBenchSubject
{
    private readonly IRecoveryModel _model;
    private readonly Standardiser _standardiser;
    private readonly IReadOnlyList<Modality> _modalities;
    private readonly IDisposable? _owned;
    private readonly int _threads = get_num_threads();
    private readonly LatentPath<Tensor> _path;
    private readonly Dictionary<int, (Split Rows, LatentStore Latents)> _batches = [];

    /// <summary>Binds a model, whose weights are on the CPU and in evaluation mode.</summary>
    /// <param name="sampler">The sampler; the model's own when null.</param>
    /// <param name="owned">Disposed with this; may be null.</param>
    public ModelSubject(
        string name, IRecoveryModel model, IReadOnlyList<Modality> modalities, Standardiser standardiser, SamplerOptions? sampler = null, IDisposable? owned = null)
    {
        (Name, _model, _modalities, _standardiser, _owned) = (name, model, modalities, standardiser, owned);
        Sampler = sampler ?? model.Sampler;
        _path = model.CreatePath(seed: 1, Sampler);
    }

    public string Name { get; }

    public string Engine => BenchSubjects.Torch;

    public int MostMissing => _modalities.Count - 1;

    /// <summary>The sampler in use.</summary>
    public SamplerOptions Sampler { get; }

    public int? Nfe => _model.NfeOf(Sampler);

    public string? Sampling => EvaluationFacts.SamplerText(_model.Recovers ? Recovery.Separate : Recovery.None, Sampler);

    public bool HasPath => true;

    public long? Operations(int missing) => _model.Operations(Sampler, Observed(missing));

    public void UseThreads(int threads) => TorchThreads.Use(threads);

    public void Prepare(int batch)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        _ = Batch(batch);
    }

    public void Recover(int batch, int missing, CancellationToken stop) => _ = Recovered(batch, missing, stop);

    public void Predict(int batch, int missing, CancellationToken stop) => _ = Predictions(batch, missing, stop);

    /// <summary>Which modalities were recovered.</summary>
    internal IEnumerable<int> Recovered(int batch, int missing, CancellationToken stop)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var latents = Batch(batch).Latents;
        return _path.Recover(latents.Latents, Observed(missing), latents.Keys, draw: 0, stop: stop).Keys;
    }

    /// <summary>What is predicted, a number per row.</summary>
    internal float[] Predictions(int batch, int missing, CancellationToken stop)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var rows = Batch(batch).Rows;
        using var features = FeatureTensors.From(rows, _standardiser, CPU);
        using var latents = _model.Encode(rows, features);
        return _path.Predict(latents, Observed(missing), stop: stop);
    }

    public void Dispose()
    {
        foreach (var (_, latents) in _batches.Values)
        {
            latents.Dispose();
        }

        _batches.Clear();
        set_num_threads(_threads); // as it was found
        _owned?.Dispose();
    }

    private ModalitySet Observed(int missing)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(missing);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(missing, MostMissing);
        return ModalitySet.All(_modalities.Count).Without(ModalitySet.All(missing));
    }

    private (Split Rows, LatentStore Latents) Batch(int size)
    {
        if (!_batches.TryGetValue(size, out var batch))
        {
            var rows = RandomUtterances.Draw(_modalities, size);
            using var features = FeatureTensors.From(rows, _standardiser, CPU);
            _batches[size] = batch = (rows, _model.Encode(rows, features));
        }

        return batch;
    }
}
