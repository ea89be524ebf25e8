using Amodal.Latents;

namespace Amodal.Methods;

/// <summary>
/// A trained method: predicts from what is observed. Everything that makes a row in a table is one: a constant, a classifier
/// whose input is filled up, one that recovers, an exported model. Safe for several threads.
/// </summary>
public interface IMethod : IDisposable
{
    /// <summary>What it is.</summary>
    MethodCard Card { get; }

    /// <summary>Does what does not depend on what is observed, once. What it gives must be disposed before the method.</summary>
    /// <param name="utterances">Raw features of the card's modalities; labels are not looked at.</param>
    /// <exception cref="InputException">The features cannot be encoded.</exception>
    IEncodedBatch Encode(Split utterances);
}

/// <summary>A method that samples what is missing, and can do so in several ways.</summary>
public interface ISampledMethod : IMethod
{
    /// <summary>The sampler in use.</summary>
    SamplerOptions Sampler { get; }

    /// <summary>Network evaluations of a recovery of one modality; 0 where nothing is sampled.</summary>
    int Nfe { get; }

    /// <summary>Whether its flow was straightened, so that one step draws a sample and not the mean.</summary>
    internal bool IsStraightened => false;

    /// <summary>The same networks with another sampler; disposing of it leaves them alone.</summary>
    /// <exception cref="InputException">The sampler does not fit the networks.</exception>
    ISampledMethod With(SamplerOptions sampler);
}

/// <summary>Utterances as a method encodes them.</summary>
public interface IEncodedBatch : IDisposable
{
    /// <summary>How many.</summary>
    int Count { get; }

    /// <summary>Predicts every utterance.</summary>
    /// <param name="observed">What is observed of each, at least a step of one modality.</param>
    /// <param name="draw">Which of several samples, from 0; a method that does not sample answers the same to all.</param>
    /// <param name="progress">Called with utterances done after each part; may be null.</param>
    /// <param name="stop">Ends the work between network evaluations.</param>
    /// <returns>One prediction per utterance, of as many numbers as the target's is wide.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    float[] Predict(IReadOnlyList<Observation> observed, int draw = 0, Action<int>? progress = null, CancellationToken stop = default);
}

/// <summary>Utterances of a method that can also show what it takes the missing modalities to be.</summary>
public interface IRecoveringBatch : IEncodedBatch
{
    /// <summary>Predicts, and shows the latents on the way.</summary>
    /// <inheritdoc cref="IEncodedBatch.Predict"/>
    /// <returns>The predictions, and an entry per modality that some utterance lacks, ascending.</returns>
    (float[] Predictions, IReadOnlyList<RecoveredLatent> Latents) Recover(
        IReadOnlyList<Observation> observed, int draw = 0, Action<int>? progress = null, CancellationToken stop = default);
}

/// <summary>Utterances of a method that also says how sure it is of its predictions.</summary>
internal interface ICalibratedBatch : IEncodedBatch
{
    /// <summary>How sure every prediction is.</summary>
    /// <param name="observed">What is observed of each.</param>
    /// <param name="percent">How many labels of a hundred are to lie within, 1 to 99.</param>
    /// <param name="stop">Ends the work.</param>
    Certainty Certainty(IReadOnlyList<Observation> observed, int percent, CancellationToken stop = default);
}

/// <summary>A modality's latents as they were recovered, and as they are; standardised, a row (channels, time) per utterance. Where it is observed, all are the same.</summary>
/// <param name="Modality">Its index.</param>
/// <param name="Shape">Channels and time steps of a row.</param>
/// <param name="Recovered">What the sampler gave.</param>
/// <param name="Aligned">The same behind the alignment decoder.</param>
/// <param name="Truth">The encoder's latents.</param>
/// <param name="Valid">By row and time step, whether any frame under it is more than padding.</param>
/// <param name="Average">The training split's average, one row.</param>
public sealed record RecoveredLatent(
    int Modality, LatentShape Shape, LatentRows Recovered, LatentRows Aligned, LatentRows Truth, IReadOnlyList<bool> Valid, IReadOnlyList<float> Average);

/// <summary>What a method is.</summary>
/// <param name="Name">Its name in tables.</param>
/// <param name="Modalities">What it was trained on, in order.</param>
public sealed record MethodCard(string Name, IReadOnlyList<Modality> Modalities)
{
    /// <summary>The modalities whose sequences were padded in front in training, and are where they are short; of others it is behind.</summary>
    public IReadOnlyList<string> PaddedInFront { get; init; } = [];

    /// <summary>What it predicts.</summary>
    public Target Target { get; init; } = Target.Score;

    /// <summary>The folder that it came from.</summary>
    public string Source { get; init; } = "";

    /// <summary>Seed of its training, which is also that of its noise.</summary>
    public ulong Seed { get; init; }

    /// <summary>What a report says of it: engine, precision, conditions, versions.</summary>
    public IReadOnlyList<(string Name, string Value)> Facts { get; init; } = [];
}
