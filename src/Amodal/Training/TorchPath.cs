using Amodal.Data;
using Amodal.Diffusion.Sampling;
using Amodal.Engines;
using Amodal.Latents;
using Amodal.Missingness;
using Amodal.Prediction;
using static TorchSharp.torch;

namespace Amodal.Training;

/// <summary>A trained run put to use on a split, by torch. Owns the run and the encoded split.</summary>
public sealed class TorchPath : IPathEngine
{
    private readonly TrainedRun _run;
    private readonly FeatureTensors _features;
    private readonly LatentStore _latents;
    private readonly LatentPath<Tensor> _path;

    /// <summary>Encodes the split; takes over the run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="data">The data.</param>
    /// <param name="split">The split.</param>
    /// <param name="sampler">How to sample.</param>
    /// <param name="seed">Seed of the recovery's noise.</param>
    public TorchPath(TrainedRun run, DataSet data, string split, SamplerOptions sampler, ulong seed)
    {
        _run = run;
        (_features, _latents) = run.Encode(data, split);
        _path = run.Method.CreatePath(seed, sampler);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Names => [.. _run.Manifest.Modalities.Select(m => m.Name)];

    /// <inheritdoc/>
    public Split Split => _latents.Split;

    /// <inheritdoc/>
    public float[] Predict(IReadOnlyList<ModalitySet> observed, int draw, Action<int>? progress, CancellationToken stop) =>
        _path.Predict(_latents, observed, draw, progress, stop);

    /// <inheritdoc/>
    public IReadOnlyList<ImputedLatent> Impute(ModalitySet observed, Action<int>? progress, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        var sampled = _path.Complete(_latents, observed, progress: progress, stop: stop);
        var aligned = _path.Align(sampled, observed);
        return [.. ModalitySet.All(sampled.Count).Without(observed).Members.Select(m =>
            new ImputedLatent(m, ShapeOf(sampled[m]), ToRows(sampled[m]), ToRows(aligned[m]), ToRows(_latents.Latents[m])))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _features.Dispose();
        _latents.Dispose();
        _run.Dispose();
    }

    private static LatentShape ShapeOf(Tensor x) => new((int)x.shape[1], (int)x.shape[2]);

    private static LatentRows ToRows(Tensor x) =>
        new(x.contiguous().cpu().data<float>().ToArray(), (int)x.shape[0], (int)(x.shape[1] * x.shape[2]));
}
