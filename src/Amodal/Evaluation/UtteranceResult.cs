namespace Amodal.Evaluation;

/// <summary>An utterance with what the method predicted of it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Truth">Its label.</param>
/// <param name="Complete">The prediction from all modalities.</param>
/// <param name="Incomplete">The mean of the predictions from the incomplete observed sets.</param>
/// <param name="Low">The lowest of these.</param>
/// <param name="High">The highest of these.</param>
/// <param name="Without">The prediction with one modality missing, by that modality's place in the data set; empty for one modality.</param>
public sealed record UtteranceResult(string Id, double Truth, double Complete, double Incomplete, double Low, double High, IReadOnlyList<double> Without)
{
    /// <summary>Standard deviation of <see cref="Complete"/> over training seeds; null where there was one.</summary>
    public double? Spread { get; init; }

    /// <summary>What was said; null where the data do not hold it.</summary>
    public string? Transcript { get; init; }
}
