namespace Amodal.Targets;

/// <summary>
/// What is asked of an utterance: a score, one of several classes, or several labels at once. It knows how many numbers a label
/// is, how wide a network's output, what an output means, and by which metrics predictions are judged. Its loss is in
/// <c>TargetLoss</c>, since that needs torch. Two targets are equal where they ask the same.
/// </summary>
public abstract class Target : IEquatable<Target>
{
    /// <summary>An intensity, as in all data that do not say otherwise.</summary>
    public static Target Score { get; } = new ScoreTarget();

    /// <summary>Numbers of an utterance's label.</summary>
    public abstract int Labels { get; }

    /// <summary>Numbers of a network's output, and of a prediction.</summary>
    public abstract int Width { get; }

    /// <summary>The metrics, in the order of every table; the first is what a choice between models goes by.</summary>
    public abstract IReadOnlyList<Metric> Metrics { get; }

    /// <summary>What it is, in words: "a score", "3 classes (a, b, c)".</summary>
    public abstract string Text { get; }

    /// <summary>The same for files.</summary>
    public abstract TargetSpec Spec { get; }

    /// <summary>Numbers per utterance whose sums give every metric; a multiple of 4, so that vectors of numbers fit without a rest.</summary>
    public abstract int Sums { get; }

    /// <summary>Turns outputs of a network into predictions, in place.</summary>
    /// <param name="outputs">(row, <see cref="Width"/>).</param>
    public abstract void Decode(Span<float> outputs);

    /// <summary>The outputs that give the best prediction that is the same for all.</summary>
    /// <param name="labels">The training labels, (row, <see cref="Labels"/>).</param>
    /// <returns><see cref="Width"/> numbers, all finite.</returns>
    public abstract float[] BestConstant(ReadOnlySpan<float> labels);

    /// <summary>The one number that a prediction comes down to: a score, the number of the most probable class, the first of several labels.</summary>
    /// <param name="prediction"><see cref="Width"/> numbers.</param>
    public abstract double Answer(IReadOnlyList<double> prediction);

    /// <summary>A prediction as columns of a file.</summary>
    /// <param name="prediction"><see cref="Width"/> numbers.</param>
    /// <param name="deviation">Of each its standard deviation; null leaves it out.</param>
    /// <param name="label"><see cref="Labels"/> numbers, NaN where there is none; null leaves them out.</param>
    public abstract IReadOnlyList<(string Column, string Cell)> Cells(IReadOnlyList<double> prediction, IReadOnlyList<double>? deviation, IReadOnlyList<float>? label);

    /// <summary>What is wrong with a label, as what a row has: "the label NaN, which is no finite number"; null for nothing.</summary>
    /// <param name="label"><see cref="Labels"/> numbers.</param>
    public abstract string? FaultOf(ReadOnlySpan<float> label);

    /// <summary>What every single utterance adds to the sums.</summary>
    /// <param name="labels">(utterance, <see cref="Labels"/>), at least one.</param>
    /// <param name="predictions">(utterance, <see cref="Width"/>).</param>
    /// <returns>(utterance, <see cref="Sums"/>).</returns>
    /// <exception cref="ArgumentException">The lengths do not fit, there is no utterance, or a number is none that can be.</exception>
    public abstract double[] PerUtterance(ReadOnlySpan<float> labels, ReadOnlySpan<float> predictions);

    /// <summary>The metrics of sums, in the order of <see cref="Metrics"/>; NaN where one has no value.</summary>
    public abstract void Evaluate(ReadOnlySpan<double> totals, Span<double> values);

    /// <summary>Computes every metric.</summary>
    /// <inheritdoc cref="PerUtterance"/>
    /// <returns>The values by name, in the order of <see cref="Metrics"/>.</returns>
    public IReadOnlyDictionary<string, double> Compute(ReadOnlySpan<float> labels, ReadOnlySpan<float> predictions)
    {
        var perUtterance = PerUtterance(labels, predictions);
        var totals = new double[Sums];
        for (var i = 0; i < perUtterance.Length; i++)
        {
            totals[i % Sums] += perUtterance[i];
        }

        var values = new double[Metrics.Count];
        Evaluate(totals, values);
        return Named(index => values[index]);
    }

    /// <inheritdoc/>
    public bool Equals(Target? other) => other is not null && other.Text == Text;

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => Equals(obj as Target);

    /// <inheritdoc/>
    public sealed override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public sealed override string ToString() => Text;

    /// <summary>How often each class is predicted as each, (truth, prediction), for every label that is of classes.</summary>
    /// <inheritdoc cref="PerUtterance"/>
    /// <returns>The label's name, null where it is the only one; its classes; the counts.</returns>
    internal virtual IEnumerable<(string? Label, IReadOnlyList<string> Classes, double[] Counts)> Confusions(ReadOnlySpan<float> labels, ReadOnlySpan<float> predictions) => [];

    /// <summary>A dictionary over all metrics, in order.</summary>
    internal IReadOnlyDictionary<string, T> Named<T>(Func<int, T> value) =>
        new OrderedDictionary<string, T>(Metrics.Select((metric, index) => KeyValuePair.Create(metric.Name, value(index))));

    /// <summary>Rows of labels and predictions that fit each other.</summary>
    private protected int Rows(ReadOnlySpan<float> labels, ReadOnlySpan<float> predictions) =>
        labels.Length > 0 && labels.Length % Labels == 0 && predictions.Length == labels.Length / Labels * Width ? labels.Length / Labels
            : throw new ArgumentException($"{predictions.Length} predictions for {labels.Length} labels; needed is one for each of at least one label", nameof(predictions));
}

/// <summary>How sure predictions are, by (utterance, label).</summary>
/// <param name="Deviations">Of a score the standard deviation of its error; 0 of classes.</param>
/// <param name="Margins">
/// A score's label lies within the prediction, give or take this; a class is one of those whose probability is at least 1 less this.
/// Infinite where too few labels were known to say.
/// </param>
internal sealed record Certainty(float[] Deviations, float[] Margins);
