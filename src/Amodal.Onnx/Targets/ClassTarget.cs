namespace Amodal.Targets;

/// <summary>
/// One of several classes; a label is its number, from 0. A prediction is a probability for each, the softmax of a network's
/// outputs, and its answer the most probable class; the loss is the cross-entropy.
/// </summary>
/// <remarks>
/// F1 of a class is 2 hits / (how often it is true + how often it is predicted). Macro F1 is their mean over the classes that are
/// true or predicted somewhere, weighted F1 their mean by how often each is true. Balanced accuracy is the mean over the classes
/// that are true somewhere of the share that is hit: the "unweighted accuracy" of emotion recognition. The log-likelihood takes
/// probabilities of less than 1.2e-7 for that.
/// </remarks>
public sealed class ClassTarget : Target
{
    /// <summary>Share of utterances whose class is the most probable one.</summary>
    public const string Accuracy = "accuracy";

    /// <summary>F1 of every class, averaged by how often it is true.</summary>
    public const string F1Weighted = "f1_weighted";

    /// <summary>F1 of every class, plainly averaged.</summary>
    public const string F1Macro = "f1_macro";

    /// <summary>The share of each class that is hit, averaged over the classes.</summary>
    public const string AccuracyBalanced = "accuracy_balanced";

    /// <summary>The mean negative logarithm of the true class's probability.</summary>
    public const string NegativeLogLikelihood = "nll";

    /// <summary>The most classes: sums per utterance grow with their square.</summary>
    public const int MostClasses = 64;

    private const double LeastProbability = 1.1920929e-7; // the spacing of float32 below 1

    /// <summary>Creates the target.</summary>
    /// <param name="classes">Their names in order, 2 to <see cref="MostClasses"/>, each once.</param>
    /// <exception cref="ArgumentException">They are no such names.</exception>
    public ClassTarget(IReadOnlyList<string> classes)
    {
        ArgumentNullException.ThrowIfNull(classes);
        if (classes.Count is < 2 or > MostClasses)
        {
            throw new ArgumentException($"has {classes.Count} classes; 2 to {MostClasses} are needed");
        }

        TargetName.Check(classes, "class");
        Classes = [.. classes];
    }

    /// <summary>The classes' names, in the order of their numbers.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The metrics, in the order of every table.</summary>
    internal static IReadOnlyList<Metric> All { get; } =
    [
        new(Accuracy, "Accuracy", true, true, MetricUse.Lead),
        new(F1Weighted, "F1 weighted, by how often a class is true", true, true, MetricUse.Lead),
        new(F1Macro, "F1 macro, mean over the classes", true, true, MetricUse.Table),
        new(AccuracyBalanced, "Balanced accuracy, mean over the classes", true, true, MetricUse.Table),
        new(NegativeLogLikelihood, "Negative log-likelihood", false, false, MetricUse.Table),
    ];

    /// <summary>What they mean, for readers of a report.</summary>
    internal static IReadOnlyList<(string Term, string Text)> Words { get; } =
    [
        ("accuracy, F1 of classes", "Accuracy is the share of utterances whose most probable class is the right one; balanced, the mean of that share over the classes. F1 weighs hits against false alarms, class by class."),
        ("negative log-likelihood", "How surprised a method is by the right class: 0 where it is always sure and right. Lower is better."),
    ];

    /// <inheritdoc/>
    public override int Labels => 1;

    /// <inheritdoc/>
    public override int Width => Classes.Count;

    /// <inheritdoc/>
    public override IReadOnlyList<Metric> Metrics => All;

    /// <inheritdoc/>
    public override string Text => $"{Classes.Count} classes ({string.Join(", ", Classes)})";

    /// <inheritdoc/>
    public override TargetSpec Spec => new("classes", Classes);

    /// <inheritdoc/>
    public override int Sums => (LikelihoodSum + 4) / 4 * 4; // a confusion table, then the log-likelihood

    private int LikelihoodSum => Classes.Count * Classes.Count;

    /// <inheritdoc/>
    public override void Decode(Span<float> outputs)
    {
        for (; outputs.Length > 0; outputs = outputs[Width..])
        {
            var (largest, sum) = (double.NegativeInfinity, 0.0);
            for (var k = 0; k < Width; k++)
            {
                largest = Math.Max(largest, outputs[k]);
            }

            for (var k = 0; k < Width; k++)
            {
                sum += Math.Exp(outputs[k] - largest);
            }

            for (var k = 0; k < Width; k++)
            {
                outputs[k] = (float)(Math.Exp(outputs[k] - largest) / sum);
            }
        }
    }

    /// <summary>The logarithm of how often each class is true: the most probable is the majority's, and no other constant has a better likelihood.</summary>
    public override float[] BestConstant(ReadOnlySpan<float> labels)
    {
        var counts = new double[Width];
        foreach (var label in labels)
        {
            counts[(int)label]++;
        }

        const double LeastCount = 1e-6; // of a class that never is true
        return [.. counts.Select(count => (float)Math.Log(Math.Max(count, LeastCount)))];
    }

    /// <inheritdoc/>
    public override double Answer(IReadOnlyList<double> prediction) => Enumerable.Range(0, Width).MaxBy(k => prediction[k]);

    /// <inheritdoc/>
    public override IReadOnlyList<(string Column, string Cell)> Cells(IReadOnlyList<double> prediction, IReadOnlyList<double>? deviation, IReadOnlyList<float>? label)
    {
        var answer = (int)Answer(prediction);
        return
        [
            ("prediction", Classes[answer]),
            .. Classes.Select((name, k) => ($"p({name})", ScoreTarget.Number(prediction[k]))),
            .. deviation is null ? [] : new[] { ("deviation", ScoreTarget.Number(deviation[answer])) },
            .. label is null ? [] : new[] { ("label", float.IsFinite(label[0]) ? Classes[(int)label[0]] : "") },
        ];
    }

    /// <inheritdoc/>
    public override string? FaultOf(ReadOnlySpan<float> label) =>
        IsClass(label[0]) ? null : $"the label {label[0]}, which is none of the classes' numbers 0 to {Classes.Count - 1}";

    /// <inheritdoc/>
    public override double[] PerUtterance(ReadOnlySpan<float> labels, ReadOnlySpan<float> predictions)
    {
        var totals = new double[Rows(labels, predictions) * Sums];
        for (var i = 0; i < labels.Length; i++)
        {
            var row = predictions.Slice(i * Width, Width);
            if (!IsClass(labels[i]) || row.ContainsAnyExceptInRange(0f, 1f))
            {
                throw new ArgumentException($"label {i} is {labels[i]}, or its prediction no probabilities; metrics need a class and a number in [0, 1] for each");
            }

            var sums = totals.AsSpan(i * Sums, Sums);
            var (truth, answer) = ((int)labels[i], 0);
            for (var k = 1; k < Width; k++)
            {
                answer = row[k] > row[answer] ? k : answer;
            }

            sums[(truth * Width) + answer] = 1;
            sums[LikelihoodSum] = -Math.Log(Math.Max(row[truth], LeastProbability));
        }

        return totals;
    }

    /// <inheritdoc/>
    public override void Evaluate(ReadOnlySpan<double> totals, Span<double> values)
    {
        var (count, hits, weighted, macro, recalled) = (0.0, 0.0, 0.0, 0.0, 0.0);
        var (known, asked) = (0, 0); // classes that are true or predicted somewhere, and those that are true somewhere
        for (var k = 0; k < Width; k++)
        {
            var (hit, isTrue, isPredicted) = (totals[(k * Width) + k], 0.0, 0.0);
            for (var other = 0; other < Width; other++)
            {
                isTrue += totals[(k * Width) + other];
                isPredicted += totals[(other * Width) + k];
            }

            var f1 = isTrue + isPredicted > 0 ? 2 * hit / (isTrue + isPredicted) : 0;
            (count, hits, weighted, macro) = (count + isTrue, hits + hit, weighted + (isTrue * f1), macro + f1);
            recalled += isTrue > 0 ? hit / isTrue : 0;
            known += isTrue + isPredicted > 0 ? 1 : 0;
            asked += isTrue > 0 ? 1 : 0;
        }

        values[0] = hits / count;
        values[1] = weighted / count;
        values[2] = macro / known;
        values[3] = recalled / asked;
        values[4] = totals[LikelihoodSum] / count;
    }

    /// <inheritdoc/>
    internal override IEnumerable<(string? Label, IReadOnlyList<string> Classes, double[] Counts)> Confusions(ReadOnlySpan<float> labels, ReadOnlySpan<float> predictions)
    {
        var counts = new double[Width * Width];
        foreach (var row in PerUtterance(labels, predictions).Chunk(Sums))
        {
            for (var i = 0; i < counts.Length; i++)
            {
                counts[i] += row[i];
            }
        }

        return [(null, Classes, counts)];
    }

    private bool IsClass(float label) => label >= 0 && label < Classes.Count && float.IsInteger(label);
}
