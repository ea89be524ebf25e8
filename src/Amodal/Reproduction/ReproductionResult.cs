using System.Text.Json.Serialization;
using Amodal.Evaluation;
using Amodal.Evaluation.Embedding;
using Amodal.Evaluation.Reports;

namespace Amodal.Reproduction;

/// <summary>A reproduced table.</summary>
/// <param name="Table">Its name: "6.1".</param>
/// <param name="Title">What it shows.</param>
/// <param name="IsFast">Whether networks were small and epochs few.</param>
/// <param name="Facts">Data, seeds, runs, versions.</param>
/// <param name="Rows">Ours beside the thesis's; empty for tables that hold no metrics.</param>
/// <param name="Tables">Everything as it is shown.</param>
/// <param name="Notes">What to know before reading the numbers.</param>
internal sealed record ReproductionResult(
    string Table,
    string Title,
    bool IsFast,
    IReadOnlyList<ReportFact> Facts,
    IReadOnlyList<ComparisonRow> Rows,
    IReadOnlyList<ReportTable> Tables,
    IReadOnlyList<string> Notes)
{
    /// <summary>The results that the rows come from, with all cases and metrics.</summary>
    public IReadOnlyList<ResultRow> Results { get; init; } = [];

    /// <summary>Every row less the table's reference row, on the same utterances and masks.</summary>
    public IReadOnlyList<PairedDifference> Pairs { get; init; } = [];

    /// <summary>How well latents are recovered.</summary>
    public IReadOnlyList<LatentRecoveryRow> LatentRecovery { get; init; } = [];

    /// <summary>Recovered beside true latents; their points are in the report only.</summary>
    [JsonIgnore]
    public IReadOnlyList<LatentFigure> Figures { get; init; } = [];
}
