using Amodal.Data;
using Amodal.Missingness;

namespace Amodal.Engines;

/// <summary>The whole path, computed by some engine, over the utterances of an encoded split: recover, align, fuse, predict.</summary>
public interface IPathEngine : IDisposable
{
    /// <summary>The modalities' names, in order.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>The utterances.</summary>
    Split Split { get; }

    /// <summary>Predicts every utterance.</summary>
    /// <param name="observed">What is observed of each, at least one modality.</param>
    /// <param name="draw">Which of several samples, from 0.</param>
    /// <param name="progress">Called with utterances done after each part; may be null.</param>
    /// <param name="stop">Ends the work between network evaluations.</param>
    /// <returns>One prediction per utterance.</returns>
    float[] Predict(IReadOnlyList<ModalitySet> observed, int draw, Action<int>? progress, CancellationToken stop);

    /// <summary>Recovers the missing modalities of every utterance.</summary>
    /// <param name="observed">What is observed of each.</param>
    /// <param name="progress">Called with utterances done after each part; may be null.</param>
    /// <param name="stop">Ends the work between network evaluations.</param>
    /// <returns>One entry per missing modality, ascending.</returns>
    IReadOnlyList<ImputedLatent> Impute(ModalitySet observed, Action<int>? progress, CancellationToken stop);
}
