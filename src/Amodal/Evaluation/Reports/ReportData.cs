namespace Amodal.Evaluation.Reports;

/// <summary>Everything that a report shows. Texts may hold anything; they are encoded when written.</summary>
internal sealed record ReportData
{
    /// <summary>Heading of the page.</summary>
    public string Title { get; init; } = "Amodal";

    /// <summary>A sentence below it.</summary>
    public string Subtitle { get; init; } = "";

    /// <summary>Data file, digest, seeds, version, machine.</summary>
    public IReadOnlyList<ReportFact> Facts { get; init; } = [];

    /// <summary>What the intervals are drawn over, as a caption: "95 % intervals over 83 videos, 686 utterances"; empty where there are none.</summary>
    public string Intervals { get; init; } = "";

    public IReadOnlyList<ResultRow> Rows { get; init; } = [];

    /// <summary>The method in <see cref="Rows"/> that is the Bayes optimum, if there is one: no baseline, but the mark to reach.</summary>
    public string? Optimum { get; init; }

    /// <summary>Losses by stage.</summary>
    public IReadOnlyList<LearningCurve> Curves { get; init; } = [];

    /// <summary>Accuracy by network evaluations.</summary>
    public IReadOnlyList<NfePoint> NfeCurve { get; init; } = [];

    /// <summary>Paired differences between methods.</summary>
    public IReadOnlyList<PairedDifference> Differences { get; init; } = [];

    /// <summary>What each modality is worth to the method.</summary>
    public IReadOnlyList<ModalityEffect> Effects { get; init; } = [];

    /// <summary>Which classes the method takes for which.</summary>
    public IReadOnlyList<ConfusionTable> Confusions { get; init; } = [];

    /// <summary>How good the method's intervals are.</summary>
    public IReadOnlyList<CertaintyRow> Certainty { get; init; } = [];

    /// <summary>Every utterance with the method's predictions.</summary>
    public IReadOnlyList<UtteranceResult> Utterances { get; init; } = [];

    /// <summary>How well latents are recovered.</summary>
    public IReadOnlyList<LatentRecoveryRow> LatentRecovery { get; init; } = [];

    /// <summary>Tables of another kind; they come first.</summary>
    public IReadOnlyList<ReportTable> Tables { get; init; } = [];

    /// <summary>Pictures of those tables.</summary>
    public IReadOnlyList<Chart> Charts { get; init; } = [];

    /// <summary>Mean ranks of methods, with the difference that counts; null for none.</summary>
    public Ranking? Ranking { get; init; }

    /// <summary>Recovered beside true latents.</summary>
    public IReadOnlyList<LatentFigure> LatentFigures { get; init; } = [];

    /// <summary>Sentences: what to know before reading the numbers.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The method that the report is about, from the facts; empty where they name none.</summary>
    internal string Method => Facts.FirstOrDefault(f => f.Name == "method")?.Value ?? "";

    /// <summary>The results in sentences; null where there are none to speak of.</summary>
    internal ResultSummary? Summary => ResultSummary.Of(Method, Intervals, Rows, Differences, Effects);
}

/// <summary>One fact about a run: the data file, its digest, the seeds, the version, the machine.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">The fact.</param>
public sealed record ReportFact(string Name, string Value);

/// <summary>The losses of one stage of training.</summary>
/// <param name="Points">By epoch, ascending.</param>
internal sealed record LearningCurve(string Stage, IReadOnlyList<LearningCurvePoint> Points);

/// <summary>The losses of one epoch.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Train">Mean training loss; not a number where there is none.</param>
/// <param name="Valid">Validation loss; not a number where there is none.</param>
internal sealed record LearningCurvePoint(int Epoch, double Train, double Valid);
