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
        ("ACC2, F1", "Whether a prediction has the right sign. ACC2 is the share of utterances with the right one; F1 weighs both classes. Utterances with the label 0 are left out unless the name says otherwise."),
        ("ACC7, ACC5, ACC3", "The share of utterances whose prediction rounds to the right class on a scale of seven, five or three."),
        ("MAE", "Mean absolute error: how far a prediction is from the label on average, in units of the label."),
        ("Pearson correlation", "1 where predictions rise and fall with the labels in a line, 0 where they tell nothing."),
        ("accuracy, F1 of classes", "Accuracy is the share of utterances whose most probable class is the right one; balanced, the mean of that share over the classes. F1 weighs hits against false alarms, class by class."),
        ("negative log-likelihood", "How surprised a method is by the right class: 0 where it is always sure and right. Lower is better."),
        ("95 % interval", "Where the number would lie, 95 times of 100, with other test utterances of the same kind. Utterances of one video are alike; where videos are known, whole videos are drawn."),
        ("paired difference, chance", "One method less another on the same utterances and masks. Where its interval holds 0, the difference is no more than chance explains."),
        ("majority", "Baseline: one constant for all, the best that the training labels allow."),
        ("language-only, one-modality", "Baseline: a classifier of one modality, named in brackets: the language where a name means it. Where that is missing, the constant."),
        ("zero-fill, mean-fill", "Baselines: the classifier that saw complete data only, with zeros or the training mean in place of what is missing."),
        ("dropout-trained", "Baseline: a classifier trained with modalities dropped at random. It recovers nothing."),
        ("optimum", "Generated data only: the best that any method could reach. It does not compete."),
        ("NFE", "Network evaluations per missing modality: what a recovery costs."),
        ("latent, aligned", "The form in which a modality is recovered. Aligned is after the decoder that takes recovered latents to where true ones lie."),
    ];
}
