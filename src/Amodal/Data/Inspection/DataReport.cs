namespace Amodal.Data.Inspection;

/// <summary>What is in a data set; plain data, ready for JSON.</summary>
/// <param name="Source">The file.</param>
/// <param name="Digest">SHA-256 over the content.</param>
/// <param name="Modalities">Names and sizes, in order.</param>
/// <param name="Splits">The splits.</param>
/// <param name="Notes">What the reader left out or made up.</param>
/// <param name="Oddities">What a user should look at before trusting a result, in sentences.</param>
public sealed record DataReport(
    string Source,
    string Digest,
    IReadOnlyList<Modality> Modalities,
    IReadOnlyList<SplitReport> Splits,
    IReadOnlyList<string> Notes,
    IReadOnlyList<string> Oddities);
