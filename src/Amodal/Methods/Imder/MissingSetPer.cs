namespace Amodal.Methods.Imder;

/// <summary>What shares one missing set in training.</summary>
public enum MissingSetPer
{
    /// <summary>A batch: the first batches of an epoch miss all but one modality, the next fewer, the rest nothing. The published IMDer's.</summary>
    Batch,

    /// <summary>An utterance: each draws its own, at the same rates. Ours.</summary>
    Utterance,
}
