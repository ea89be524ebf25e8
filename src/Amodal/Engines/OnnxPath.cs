using Amodal.Data;
using Amodal.Diffusion.Sampling;
using Amodal.Missingness;
using Amodal.Prediction;
using Amodal.Randomness;

namespace Amodal.Engines;

/// <summary>An exported model put to use on a split, by ONNX Runtime. Owns the model.</summary>
public sealed class OnnxPath : IPathEngine
{
    private readonly OnnxModel _model;
    private readonly LatentPath<LatentRows> _path;
    private readonly LatentRows?[] _latents;
    private readonly ulong[] _keys;

    /// <summary>Takes over the model; a modality is encoded when it is first needed.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">The data.</param>
    /// <param name="split">The split.</param>
    /// <param name="sampler">How to sample; null takes the exported way.</param>
    /// <param name="seed">Seed of the recovery's noise; null takes the run's.</param>
    /// <exception cref="InputException">The data's modalities are not the model's, or there is no such split.</exception>
    public OnnxPath(OnnxModel model, DataSet data, string split, SamplerOptions? sampler = null, ulong? seed = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        data.CheckModalities(model.Modalities, model.Folder);
        (_model, Split) = (model, data[split]);
        _path = model.CreatePath(seed, sampler);
        _latents = new LatentRows?[model.Modalities.Count];
        _keys = [.. Split.Ids.Select(StableRandom.KeyOf)];
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Names => [.. _model.Modalities.Select(m => m.Name)];

    /// <inheritdoc/>
    public Split Split { get; }

    /// <inheritdoc/>
    public float[] Predict(IReadOnlyList<ModalitySet> observed, int draw, Action<int>? progress, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(observed);
        var latents = _latents.Select((_, m) => observed.Any(o => o.Contains(m)) ? Latents(m) : Nothing(m)).ToArray();
        return _path.Predict(latents, observed, _keys, draw, progress, stop);
    }

    /// <inheritdoc/>
    public IReadOnlyList<ImputedLatent> Impute(ModalitySet observed, Action<int>? progress, CancellationToken stop)
    {
        List<LatentRows> latents = [.. _latents.Select((_, m) => Latents(m))];
        return [.. _path.Recover(latents, observed, _keys, draw: 0, progress, stop).OrderBy(r => r.Key).Select(r =>
            new ImputedLatent(r.Key, _model.Shapes[r.Key], r.Value, _model.Align(r.Key, r.Value), latents[r.Key]))];
    }

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();

    private LatentRows Latents(int modality) =>
        _latents[modality] ??= _model.Encode(modality, Split.Features[modality].Values, Split.Count);

    private LatentRows Nothing(int modality) => new(Split.Count, _model.Shapes[modality].Channels * _model.Shapes[modality].Length);
}
