namespace Amodal.Evaluation.Reports;

/// <summary>The words of a report, explained.</summary>
internal static class Glossary
{
    /// <summary>Term and explanation, in reading order.</summary>
    public static IReadOnlyList<(string Term, string Text)> Entries { get; } =
    [
        ("modality", "One channel of an utterance: what is said (text), how it sounds (audio), what is seen (vision)."),
        ("observed set, missing", "The modalities that a method gets. The rest is missing; the method recovers it or does without it. The complete set has all."),
        ("fixed protocol", "All utterances have the same observed set; every set has its turn. An average over incomplete sets counts each set once."),
        ("random protocol, missing rate (MR)", "Each utterance has its own observed set, drawn so that this share of all modalities is missing."),
        .. ScoreTarget.Words,
        .. ClassTarget.Words,
        ("95 % interval", "Where the number would lie, 95 times of 100, with other test utterances of the same kind. Utterances of one video are alike; where videos are known, whole videos are drawn."),
        ("paired difference, chance", "One method less another on the same utterances and masks. Where its interval holds 0, the difference is no more than chance explains."),
        ("majority", "Baseline: one constant for all, the best that the training labels allow."),
        ("language-only, one-modality", "Baseline: a classifier of one modality, named in brackets: the language where a name means it. Where that is missing, the constant."),
        ("zero-fill, mean-fill", "Baselines: the classifier that saw complete data only, with zeros or the training mean in place of what is missing."),
        ("dropout-trained", "Baseline: a classifier trained with modalities dropped at random. It recovers nothing."),
        ("ridge, ridge-residual", "Without recovery: a linear prediction from what is observed, for each observed set its own; alone, and with a network that learns the rest."),
        ("dropout-network, dropout-ensemble, distilled", "Without recovery: the same network as linear-first's, trained with zeros in place of what is missing; four of them averaged; one taught by a teacher that sees all."),
        ("optimum", "Generated data only: the best that any method could reach. It does not compete."),
        ("NFE", "Network evaluations per missing modality: what a recovery costs."),
        ("latent, aligned", "The form in which a modality is recovered. Aligned is after the decoder that takes recovered latents to where true ones lie."),
    ];
}
