namespace Amodal.Evaluation;

/// <summary>
/// Every metric is a function of sums over utterances: this is where the sums are laid out. The bootstrap adds them up
/// with weights instead of computing the metrics anew from the utterances.
/// </summary>
internal static class MetricTotals
{
    /// <summary>Numbers per utterance; a multiple of 4, so that vectors of numbers fit without a rest.</summary>
    public const int Size = 20;

    // Two confusion tables of four cells each (truth positive: 2, predicted positive: 1), then single sums.
    private const int NonZero = 0;
    private const int HasZero = 4;
    private const int Hits7 = 8;
    private const int Hits5 = 9;
    private const int Hits3 = 10;
    private const int AbsoluteError = 11;
    private const int Count = 12;
    private const int Truth = 13;
    private const int Prediction = 14;
    private const int TruthSquared = 15;
    private const int PredictionSquared = 16;
    private const int Product = 17;

    /// <summary>The sums of every single utterance: (utterance, <see cref="Size"/>).</summary>
    /// <exception cref="ArgumentException">The lengths differ, there is no utterance, or a number is not finite.</exception>
    public static double[] PerUtterance(ReadOnlySpan<float> truth, ReadOnlySpan<float> prediction)
    {
        if (truth.Length != prediction.Length || truth.Length == 0)
        {
            throw new ArgumentException($"{prediction.Length} predictions for {truth.Length} labels; needed is one for each of at least one label", nameof(prediction));
        }

        // Correlation does not depend on the origin; with it at the means, sums of squares do not cancel.
        var (truthMean, predictionMean) = (Mean(truth, "label"), Mean(prediction, "prediction"));
        var totals = new double[truth.Length * Size];
        for (var i = 0; i < truth.Length; i++)
        {
            Fill(totals.AsSpan(i * Size, Size), truth[i], prediction[i], truth[i] - truthMean, prediction[i] - predictionMean);
        }

        return totals;
    }

    /// <summary>The metrics in the order of <see cref="Metrics.All"/>.</summary>
    public static void Evaluate(ReadOnlySpan<double> totals, Span<double> values)
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
        sums[Prediction] = predictionCentred;
        sums[TruthSquared] = truthCentred * truthCentred;
        sums[PredictionSquared] = predictionCentred * predictionCentred;
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
        var prediction = totals[PredictionSquared] - (totals[Prediction] * totals[Prediction] / count);

        // What is left of a constant after rounding: some units in the last place (2e-16) of the sum of squares.
        if (truth <= 1e-13 * totals[TruthSquared] || prediction <= 1e-13 * totals[PredictionSquared])
        {
            return 0;
        }

        return Math.Clamp((totals[Product] - (totals[Truth] * totals[Prediction] / count)) / Math.Sqrt(truth * prediction), -1, 1);
    }
}
