using Amodal.Missingness;
using static TorchSharp.torch;

namespace Amodal.Prediction;

/// <summary>Recovery of utterances that share an observed set.</summary>
public static class SharedSetRecovery
{
    /// <summary>Recovers every missing modality of utterances that share an observed set.</summary>
    /// <param name="recoverer">What recovers.</param>
    /// <param name="latents">Standardised latents, one (batch, channels, time) per modality; those of missing ones give only their shape.</param>
    /// <param name="observed">The observed modalities, at least one.</param>
    /// <param name="keys">A key per utterance, which names its noise.</param>
    /// <param name="draw">Which of several samples, from 0.</param>
    /// <param name="progress">Called with the number of utterances after each part; may be null.</param>
    /// <param name="stop">Ends the work between network evaluations.</param>
    /// <returns>By modality, the recovered latents, (batch, channels, time).</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static IReadOnlyDictionary<int, Tensor> Recover(
        this IRecoverer recoverer, IReadOnlyList<Tensor> latents, ModalitySet observed, IReadOnlyList<ulong> keys, int draw,
        Action<int>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(recoverer);
        ArgumentNullException.ThrowIfNull(keys);
        return recoverer.Recover(latents, [.. Enumerable.Repeat(observed, keys.Count)], keys, draw, progress, stop);
    }
}
