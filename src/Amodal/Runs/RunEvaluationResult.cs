namespace Amodal.Runs;

/// <summary>Everything an evaluation found.</summary>
/// <param name="Facts">What was evaluated: data, digest, runs, sampler, seeds, versions.</param>
/// <param name="Rows">The tables: optimum where it is known, method, baselines.</param>
/// <param name="Differences">The method against each baseline, paired, in every case.</param>
/// <param name="LatentRecovery">How well latents are recovered.</param>
/// <param name="NfeCurve">Quality against network evaluations; empty unless asked for.</param>
public sealed record RunEvaluationResult(
    IReadOnlyList<ReportFact> Facts,
    IReadOnlyList<ResultRow> Rows,
    IReadOnlyList<PairedDifference> Differences,
    IReadOnlyList<LatentRecoveryRow> LatentRecovery,
    IReadOnlyList<NfePoint> NfeCurve)
{
    /// <summary>What the intervals are drawn over; null in a file of an older version, which drew single utterances.</summary>
    public IntervalUnits? Intervals { get; init; }

    /// <summary>What to know before reading the numbers, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What the method predicted on the way to its rows; null for a result that was read.</summary>
    [JsonIgnore]
    public MethodPredictions? Predictions { get; init; }

    /// <summary>What each modality is worth to the method; empty without the fixed protocol.</summary>
    public IReadOnlyList<ModalityEffect> Effects { get; init; } = [];

    /// <summary>Which classes the method takes for which; empty where labels are no classes.</summary>
    public IReadOnlyList<ConfusionTable> Confusions { get; init; } = [];

    /// <summary>How good the method's intervals are; empty where it gives none, and without the fixed protocol.</summary>
    public IReadOnlyList<CertaintyRow> Certainty { get; init; } = [];

    /// <summary>Every utterance with the method's predictions; empty without the fixed protocol.</summary>
    public IReadOnlyList<UtteranceResult> Utterances { get; init; } = [];
}

/// <summary>Facts of an evaluation that others look for.</summary>
internal static class EvaluationFacts
{
    /// <summary>The fact that tells how was sampled.</summary>
    public const string Sampler = "sampler";

    /// <summary>How was sampled: two evaluations that say the same are of the same quality and cost.</summary>
    public static string SamplerText(Recovery recovery, SamplerOptions sampler, int samples = 1) => recovery == Recovery.None
        ? "none: what is missing is the training mean"
        : $"{OptionNames.Of(sampler.Kind)}, {SamplingPlan.Create(sampler).Nfe} network evaluations per missing modality{(sampler.Guidance > 0 ? FormattableString.Invariant($", {OptionNames.Of(sampler.GuidedBy)} guidance of weight {sampler.Guidance}") : "")}{(samples > 1 ? $", {samples} samples averaged" : "")}";
}
