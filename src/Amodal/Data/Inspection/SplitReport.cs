namespace Amodal.Data.Inspection;

/// <summary>One split.</summary>
/// <param name="Name">train, valid or test.</param>
/// <param name="Count">Number of utterances.</param>
/// <param name="Videos">Number of videos that the ids tell of; the number of utterances where they tell of none.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="Modalities">Its modalities, in the data set's order.</param>
public sealed record SplitReport(string Name, int Count, int Videos, LabelReport Labels, IReadOnlyList<ModalityReport> Modalities);
