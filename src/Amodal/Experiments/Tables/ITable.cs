namespace Amodal.Experiments.Tables;

/// <summary>A kind of experiment: what has to be there for it, and what is made of that.</summary>
internal interface ITable
{
    /// <summary>What has to be done; what these jobs need is done before them.</summary>
    IReadOnlyList<Job> Jobs { get; }

    /// <summary>Makes the tables of what is stored; all jobs are done.</summary>
    TableContent Gather(Action<string, double>? progress, CancellationToken stop);
}

/// <summary>What a kind of experiment makes of its rows.</summary>
internal sealed record TableContent
{
    public IReadOnlyList<ComparisonRow> Rows { get; init; } = [];

    public IReadOnlyList<ReportTable> Tables { get; init; } = [];

    public IReadOnlyList<ResultRow> Results { get; init; } = [];

    public IReadOnlyList<PairedDifference> Pairs { get; init; } = [];

    public IReadOnlyList<LatentRecoveryRow> LatentRecovery { get; init; } = [];

    public IReadOnlyList<LatentFigure> Figures { get; init; } = [];

    public Leaderboard? Leaderboard { get; init; }

    public IReadOnlyList<Chart> Charts { get; init; } = [];

    public IReadOnlyList<string> Notes { get; init; } = [];
}
