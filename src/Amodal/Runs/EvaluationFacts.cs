namespace Amodal.Runs;

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
