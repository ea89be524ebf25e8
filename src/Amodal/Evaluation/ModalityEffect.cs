namespace Amodal.Evaluation;

/// <summary>What a modality is worth to a method: the difference of two of its observed sets on the same utterances.</summary>
/// <param name="Method">The method.</param>
/// <param name="Modality">The modality.</param>
/// <param name="Kind">
/// <c>lost</c>: all modalities less all but this one. <c>alone</c>: all modalities less this one alone. <c>over</c>: all but
/// <paramref name="Other"/> less all but this one, that is, by how much losing this one costs more than losing the other.
/// </param>
/// <param name="Other">The other modality of <c>over</c>; null else.</param>
/// <param name="Metric">The metric's name.</param>
/// <param name="Difference">The difference with its interval.</param>
public sealed record ModalityEffect(string Method, string Modality, string Kind, string? Other, string Metric, Estimate Difference)
{
    /// <summary>All modalities less all but one.</summary>
    public const string Lost = "lost";

    /// <summary>All modalities less one alone.</summary>
    public const string Alone = "alone";

    /// <summary>All but another less all but one.</summary>
    public const string Over = "over";
}
