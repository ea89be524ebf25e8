using Amodal.Missingness;
using static TorchSharp.torch;

namespace Amodal.Prediction;

/// <summary>Score networks bound to a sampler and a seed: recovers the latents of missing modalities from those of observed ones.</summary>
public interface IRecoverer
{
    /// <summary>Recovers every missing modality of utterances, each with an observed set of its own.</summary>
    /// <param name="latents">Standardised latents, one (batch, channels, time) per modality; those of missing ones give only their shape.</param>
    /// <param name="observed">The observed modalities of each utterance, at least one.</param>
    /// <param name="keys">A key per utterance, which names its noise.</param>
    /// <param name="draw">Which of several samples, from 0.</param>
    /// <param name="progress">Called with the number of utterances after each part; may be null.</param>
    /// <param name="stop">Ends the work between network evaluations.</param>
    /// <returns>
    /// By modality that some utterance lacks, (batch, channels, time): recovered there, and as it was given where it is
    /// observed. What is recovered of an utterance does not depend on the others.
    /// </returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    IReadOnlyDictionary<int, Tensor> Recover(
        IReadOnlyList<Tensor> latents, IReadOnlyList<ModalitySet> observed, IReadOnlyList<ulong> keys, int draw, Action<int>? progress = null,
        CancellationToken stop = default);
}
