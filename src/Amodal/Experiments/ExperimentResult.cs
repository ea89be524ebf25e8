namespace Amodal.Experiments;

/// <summary>A table or figure that was made.</summary>
/// <param name="Table">Its name: "6.1".</param>
/// <param name="Rows">Ours beside the thesis's; empty for tables that hold no metrics.</param>
internal sealed record ExperimentResult(
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

    /// <summary>By row the names of its runs' folders, per training seed and fold.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Runs { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Every row less the table's reference row, on the same utterances and masks.</summary>
    public IReadOnlyList<PairedDifference> Pairs { get; init; } = [];

    /// <summary>How well latents are recovered.</summary>
    public IReadOnlyList<LatentRecoveryRow> LatentRecovery { get; init; } = [];

    /// <summary>Methods in order, with what they cost and what tests say; null of other tables.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Leaderboard? Leaderboard { get; init; }

    /// <summary>Pictures of the tables; they are files of their own.</summary>
    [JsonIgnore]
    public IReadOnlyList<Chart> Charts { get; init; } = [];

    /// <summary>Recovered beside true latents; their points are in the report only.</summary>
    [JsonIgnore]
    public IReadOnlyList<LatentFigure> Figures { get; init; } = [];
}

/// <summary>A method in one case, ours beside the thesis's.</summary>
/// <param name="Protocol">"fixed" or "random".</param>
/// <param name="Cells">A cell per metric of the table.</param>
internal sealed record ComparisonRow(string Label, ComparisonPart Part, string Protocol, string Case, IReadOnlyList<ComparisonCell> Cells);

/// <summary>One number of ours beside the thesis's.</summary>
/// <param name="Metric">The metric's name.</param>
/// <param name="Ours">Ours with its 95 % interval; null where the thesis's alone is shown.</param>
/// <param name="Thesis">The thesis's, in the same unit; null where it has none.</param>
internal sealed record ComparisonCell(string Metric, Estimate? Ours, double? Thesis)
{
    /// <summary>Ours less the thesis's; null unless both are there.</summary>
    public double? Difference => Ours is not null && Thesis is not null ? Ours.Value - Thesis : null;

    /// <summary>Whether the thesis's number lies outside our interval: more than the choice of test utterances explains.</summary>
    public bool IsOutside => Difference is not null && (Thesis < Ours!.Low || Thesis > Ours.High);
}

/// <summary>What a row of a comparison is.</summary>
internal enum ComparisonPart
{
    /// <summary>A method that was run here.</summary>
    Method,

    /// <summary>Numbers that the thesis prints of a method that was not run here.</summary>
    ThesisOnly,

    /// <summary>A baseline that is trained with every run, of which the thesis has no numbers.</summary>
    Baseline,

    /// <summary>The best that any method could do; known on generated data only.</summary>
    Optimum,
}
