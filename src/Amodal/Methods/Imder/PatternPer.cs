namespace Amodal.Methods.Imder;

/// <summary>What shares one missing pattern in training.</summary>
public enum PatternPer
{
    /// <summary>A batch: the first batches of an epoch miss all but one modality, the next fewer, the rest nothing. The published IMDer's.</summary>
    Batch,

    /// <summary>An utterance: each draws its own, at the same rates. Ours.</summary>
    Utterance,
}
