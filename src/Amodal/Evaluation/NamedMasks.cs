namespace Amodal.Evaluation;

/// <summary>Masks of a user's own: one row in the tables, over one or more draws.</summary>
/// <param name="Name">What the column is called: a file's name, or rates by modality.</param>
/// <param name="Masks">Per draw what is observed of every utterance.</param>
public sealed record NamedMasks(string Name, IReadOnlyList<IReadOnlyList<Observation>> Masks)
{
    /// <summary>The protocol of these rows.</summary>
    public const string Protocol = "masks";
}
