using Amodal.Evaluation;
using Amodal.Evaluation.Embedding;
using Amodal.Evaluation.Reports;

namespace Amodal.Reproduction;

/// <summary>What a kind of table makes of its rows.</summary>
internal sealed record TableContent
{
    public IReadOnlyList<ComparisonRow> Rows { get; init; } = [];

    public IReadOnlyList<ReportTable> Tables { get; init; } = [];

    public IReadOnlyList<ResultRow> Results { get; init; } = [];

    public IReadOnlyList<PairedDifference> Pairs { get; init; } = [];

    public IReadOnlyList<LatentRecoveryRow> LatentRecovery { get; init; } = [];

    public IReadOnlyList<LatentFigure> Figures { get; init; } = [];

    public IReadOnlyList<string> Notes { get; init; } = [];
}
