namespace Amodal.Prediction;

/// <summary>Utterances that are recovered in one sampling run, a network call an evaluation and target.</summary>
/// <param name="Targets">What is recovered: one modality, or all that the rows lack, together.</param>
/// <param name="Rows">The utterances' places in the request; those of an observed set stand together.</param>
/// <param name="Observed">The observed set of each.</param>
internal sealed record RecoveryPart(IReadOnlyList<int> Targets, IReadOnlyList<int> Rows, IReadOnlyList<Observation> Observed);
