namespace Amodal.Targets;

/// <summary>An intensity, usually in [-3, 3], as multimodal sentiment analysis has it; the loss is its absolute error.</summary>
/// <remarks>
/// Two classes, "nonzero": labels of 0 are left out, a prediction above 0 is positive; the papers' number. "has0": all
/// labels, 0 and above is non-negative. F1 is of both classes, weighted by how often each is the truth (the released
/// codes; several of them swap truth and prediction, which changes it) or plainly averaged (macro). ACC7, ACC5 and ACC3
/// clip to [-3, 3], [-2, 2], [-1, 1] and round half to even. A class without a hit has F1 0.
/// <para>
/// Where a metric has no value by its formula: corr is 0 if labels or predictions are all equal; the nonzero metrics are
/// NaN if all labels are 0.
/// </para>
/// </remarks>
public sealed class ScoreTarget : Target
{
    /// <summary>Where seven classes of a score end, above and below 0.</summary>
    public const float Limit = 3;

    /// <summary>Accuracy of negative against positive on labels that are not 0.</summary>
    public const string Acc2NonZero = "acc2_nonzero";

    /// <summary>F1 of negative against positive on labels that are not 0, weighted by the truth's classes.</summary>
    public const string F1NonZeroWeighted = "f1_nonzero_weighted";

    /// <summary>F1 of negative against positive on labels that are not 0, averaged over the classes.</summary>
    public const string F1NonZeroMacro = "f1_nonzero_macro";

    /// <summary>Accuracy of negative against non-negative.</summary>
    public const string Acc2Has0 = "acc2_has0";

    /// <summary>F1 of negative against non-negative, weighted by the truth's classes.</summary>
    public const string F1Has0Weighted = "f1_has0_weighted";

    /// <summary>F1 of negative against non-negative, averaged over the classes.</summary>
    public const string F1Has0Macro = "f1_has0_macro";

    /// <summary>Accuracy of seven classes.</summary>
    public const string Acc7 = "acc7";

    /// <summary>Accuracy of five classes.</summary>
    public const string Acc5 = "acc5";

    /// <summary>Accuracy of three classes.</summary>
    public const string Acc3 = "acc3";

    /// <summary>Mean absolute error.</summary>
    public const string Mae = "mae";

    /// <summary>Pearson's correlation.</summary>
    public const string Corr = "corr";

    // Two confusion tables of four cells each (truth positive: 2, predicted positive: 1), then single sums.
    private const int NonZero = 0;
    private const int HasZero = 4;
    private const int Hits7 = 8;
    private const int Hits5 = 9;
    private const int Hits3 = 10;
    private const int AbsoluteError = 11;
    private const int Count = 12;
    private const int Truth = 13;
    private const int Predicted = 14;
    private const int TruthSquared = 15;
    private const int PredictedSquared = 16;
    private const int Product = 17;

    /// <summary>The metrics, in the order of every table.</summary>
    internal static IReadOnlyList<Metric> All { get; } =
    [
        new(Acc2NonZero, "ACC2, negative against positive", true, true, MetricUse.Lead),
        new(F1NonZeroWeighted, "F1 weighted, negative against positive", true, true, MetricUse.Table),
        new(F1NonZeroMacro, "F1 macro, negative against positive", true, true),
        new(Acc2Has0, "ACC2, negative against non-negative", true, true),
        new(F1Has0Weighted, "F1 weighted, negative against non-negative", true, true),
        new(F1Has0Macro, "F1 macro, negative against non-negative", true, true),
        new(Acc7, "ACC7", true, true, MetricUse.Table),
        new(Acc5, "ACC5", true, true),
        new(Acc3, "ACC3", true, true),
        new(Mae, "MAE", false, false, MetricUse.Lead),
        new(Corr, "Pearson correlation", true, false, MetricUse.Table),
    ];

    /// <summary>What they mean, for readers of a report.</summary>
    internal static IReadOnlyList<(string Term, string Text)> Words { get; } =
    [
        ("ACC2, F1", "Whether a prediction has the right sign. ACC2 is the share of utterances with the right one; F1 weighs both classes. Utterances with the label 0 are left out unless the name says otherwise."),
        ("ACC7, ACC5, ACC3", "The share of utterances whose prediction rounds to the right class on a scale of seven, five or three."),
        ("MAE", "Mean absolute error: how far a prediction is from the label on average, in units of the label."),
        ("Pearson correlation", "1 where predictions rise and fall with the labels in a line, 0 where they tell nothing."),
    ];

    /// <summary>The keys that older files have for two metrics of a curve.</summary>
    internal static IReadOnlyList<(string Key, string Name)> OldKeys { get; } = [("acc2", Acc2NonZero), ("mae", Mae)];

    /// <inheritdoc/>
    public override int Labels => 1;

    /// <inheritdoc/>
    public override int Width => 1;

    /// <inheritdoc/>
    public override IReadOnlyList<Metric> Metrics => All;

    /// <inheritdoc/>
    public override string Text => "a score";

    /// <inheritdoc/>
    public override TargetSpec Spec => new("score");

    /// <inheritdoc/>
    public override int Sums => 20;

    /// <inheritdoc/>
    public override void Decode(Span<float> outputs)
    {
        // an output is the score
    }

    /// <summary>The median minimises the mean absolute error; a median of the wrong sign is moved just across zero, so that ACC2 is the majority's.</summary>
    public override float[] BestConstant(ReadOnlySpan<float> labels)
    {
        if (labels.Length == 0)
        {
            return [0];
        }

        float[] sorted = [.. labels];
        Array.Sort(sorted);
        var median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        var positive = sorted.Count(y => y > 0) >= sorted.Count(y => y < 0);
        const float JustOffZero = 1e-3f;
        return [positive ? Math.Max(median, JustOffZero) : Math.Min(median, -JustOffZero)];
    }

    /// <inheritdoc/>
    public override double Answer(IReadOnlyList<double> prediction)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        return prediction[0];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Column, string Cell)> Cells(IReadOnlyList<double> prediction, IReadOnlyList<double>? deviation, IReadOnlyList<float>? label) =>
    [
        ("prediction", Number(prediction[0])),
        .. deviation is null ? [] : new[] { ("deviation", Number(deviation[0])) },
        .. label is null ? [] : new[] { ("label", float.IsFinite(label[0]) ? label[0].ToString("R", CultureInfo.InvariantCulture) : "") },
    ];

    /// <inheritdoc/>
    public override string? FaultOf(ReadOnlySpan<float> label) => float.IsFinite(label[0]) ? null : $"the label {label[0]}, which is no finite number";

    /// <inheritdoc/>
    public override double[] PerUtterance(ReadOnlySpan<float> labels, ReadOnlySpan<float> predictions)
    {
        var totals = new double[Rows(labels, predictions) * Sums];

        // Correlation does not depend on the origin; with it at the means, sums of squares do not cancel.
        var (labelMean, predictionMean) = (Mean(labels, "label"), Mean(predictions, "prediction"));
        for (var i = 0; i < labels.Length; i++)
        {
            Fill(totals.AsSpan(i * Sums, Sums), labels[i], predictions[i], labels[i] - labelMean, predictions[i] - predictionMean);
        }

        return totals;
    }

    /// <inheritdoc/>
    public override void Evaluate(ReadOnlySpan<double> totals, Span<double> values)
    {
        TwoClasses(totals.Slice(NonZero, 4), values[..3]);
        TwoClasses(totals.Slice(HasZero, 4), values[3..6]);
        var count = totals[Count];
        values[6] = totals[Hits7] / count;
        values[7] = totals[Hits5] / count;
        values[8] = totals[Hits3] / count;
        values[9] = totals[AbsoluteError] / count;
        values[10] = Correlation(totals);
    }

    /// <summary>A number as prediction files have it.</summary>
    internal static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static double Mean(ReadOnlySpan<float> values, string what)
    {
        var sum = 0.0;
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                throw new ArgumentException($"{what} {i} is {values[i]}; metrics need finite numbers");
            }

            sum += values[i];
        }

        return sum / values.Length;
    }

    private static void Fill(Span<double> sums, float truth, float prediction, double truthCentred, double predictionCentred)
    {
        if (truth != 0)
        {
            sums[NonZero + (truth > 0 ? 2 : 0) + (prediction > 0 ? 1 : 0)] = 1;
        }

        sums[HasZero + (truth >= 0 ? 2 : 0) + (prediction >= 0 ? 1 : 0)] = 1;
        sums[Hits7] = Class(truth, 3) == Class(prediction, 3) ? 1 : 0;
        sums[Hits5] = Class(truth, 2) == Class(prediction, 2) ? 1 : 0;
        sums[Hits3] = Class(truth, 1) == Class(prediction, 1) ? 1 : 0;
        sums[AbsoluteError] = Math.Abs((double)truth - prediction);
        sums[Count] = 1;
        sums[Truth] = truthCentred;
        sums[Predicted] = predictionCentred;
        sums[TruthSquared] = truthCentred * truthCentred;
        sums[PredictedSquared] = predictionCentred * predictionCentred;
        sums[Product] = truthCentred * predictionCentred;
    }

    // Clipped, then rounded half to even.
    private static float Class(float value, float limit) => MathF.Round(Math.Clamp(value, -limit, limit), MidpointRounding.ToEven);

    // Accuracy, weighted F1, macro F1. NaN if there is no utterance.
    private static void TwoClasses(ReadOnlySpan<double> cells, Span<double> values)
    {
        var (trueNegative, falsePositive, falseNegative, truePositive) = (cells[0], cells[1], cells[2], cells[3]);
        var (negatives, positives) = (trueNegative + falsePositive, falseNegative + truePositive);
        var total = negatives + positives;
        var errors = falsePositive + falseNegative;
        var (negativeF1, positiveF1) = (F1(trueNegative, errors), F1(truePositive, errors));
        values[0] = (trueNegative + truePositive) / total;
        values[1] = ((negatives * negativeF1) + (positives * positiveF1)) / total;

        // A class that neither the labels nor the predictions know is no class of the problem.
        var classes = (trueNegative + errors > 0 ? 1 : 0) + (truePositive + errors > 0 ? 1 : 0);
        values[2] = (negativeF1 + positiveF1) / classes;
    }

    // 2 TP / (2 TP + FP + FN); with two classes FP + FN is the same for both. 0 without any hit.
    private static double F1(double hits, double errors) => hits > 0 ? 2 * hits / ((2 * hits) + errors) : 0;

    private static double Correlation(ReadOnlySpan<double> totals)
    {
        var count = totals[Count];
        var truth = totals[TruthSquared] - (totals[Truth] * totals[Truth] / count);
        var prediction = totals[PredictedSquared] - (totals[Predicted] * totals[Predicted] / count);

        // What is left of a constant after rounding: some units in the last place (2e-16) of the sum of squares.
        if (truth <= 1e-13 * totals[TruthSquared] || prediction <= 1e-13 * totals[PredictedSquared])
        {
            return 0;
        }

        return Math.Clamp((totals[Product] - (totals[Truth] * totals[Predicted] / count)) / Math.Sqrt(truth * prediction), -1, 1);
    }
}
