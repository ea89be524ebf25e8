using Amodal.Evaluation;

namespace Amodal.Reproduction;

/// <summary>A row per modality and observed set.</summary>
internal sealed record LatentStudyResult(IReadOnlyList<LatentShrinkageRow> Rows);
