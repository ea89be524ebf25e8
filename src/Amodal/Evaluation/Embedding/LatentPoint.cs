namespace Amodal.Evaluation.Embedding;

/// <summary>How a latent, a sequence, becomes a point.</summary>
public enum LatentPoint
{
    /// <summary>Its average over the steps that are not padding: as many numbers as channels, whatever the length.</summary>
    Mean,

    /// <summary>All steps one after another, padding 0. Stricter, but where utterances differ in length, those of one length are near each other for that alone.</summary>
    Steps,
}
