namespace Amodal.Targets;

/// <summary>
/// Several labels at once, side by side: each a target of its own, with its part of a label, an output and the sums. An
/// utterance may lack some of them; it then counts for the others. The loss is the sum of theirs.
/// </summary>
public sealed class SeveralTarget : Target
{
    /// <summary>The most labels.</summary>
    public const int MostLabels = 32;

    /// <summary>Creates the target.</summary>
    /// <param name="parts">The labels in order, 2 to <see cref="MostLabels"/>, with names of their own, none of them several itself.</param>
    /// <exception cref="ArgumentException">They are no such labels.</exception>
    public SeveralTarget(IReadOnlyList<(string Name, Target Target)> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Count is < 2 or > MostLabels || parts.Any(p => p.Target is SeveralTarget))
        {
            throw new ArgumentException($"has {parts.Count} labels; 2 to {MostLabels} are needed, each a score or classes");
        }

        TargetName.Check([.. parts.Select(p => p.Name)], "label");
        Parts = [.. parts];
        Metrics = [.. parts.SelectMany(p => p.Target.Metrics.Select(m => m.For(p.Name)))];
    }

    /// <summary>The labels, in order.</summary>
    public IReadOnlyList<(string Name, Target Target)> Parts { get; }

    /// <inheritdoc/>
    public override int Labels => Parts.Sum(p => p.Target.Labels);

    /// <inheritdoc/>
    public override int Width => Parts.Sum(p => p.Target.Width);

    /// <inheritdoc/>
    public override IReadOnlyList<Metric> Metrics { get; }

    /// <inheritdoc/>
    public override string Text => string.Join(" and ", Parts.Select(p => $"{p.Name}, {p.Target.Text}"));

    /// <inheritdoc/>
    public override TargetSpec Spec => new("several", Labels: [.. Parts.Select(p => new LabelSpec(p.Name, p.Target.Spec))]);

    /// <inheritdoc/>
    public override int Sums => Parts.Sum(p => p.Target.Sums);

    /// <inheritdoc/>
    public override void Decode(Span<float> outputs)
    {
        for (var start = 0; start < outputs.Length;)
        {
            foreach (var (_, target) in Parts)
            {
                target.Decode(outputs.Slice(start, target.Width));
                start += target.Width;
            }
        }
    }

    /// <inheritdoc/>
    public override float[] BestConstant(ReadOnlySpan<float> labels)
    {
        var all = labels.ToArray();
        return [.. Places().SelectMany(p => p.Target.BestConstant([.. Labelled(all, p).SelectMany(row => Part(all, Labels, row, p.Label, p.Target.Labels))]))];
    }

    /// <inheritdoc/>
    public override double Answer(IReadOnlyList<double> prediction) => Parts[0].Target.Answer(prediction);

    /// <inheritdoc/>
    public override IReadOnlyList<(string Column, string Cell)> Cells(IReadOnlyList<double> prediction, IReadOnlyList<double>? deviation, IReadOnlyList<float>? label) =>
    [
        .. Places().SelectMany(p => p.Target.Cells(Of(prediction, p.Output, p.Target.Width)!, Of(deviation, p.Output, p.Target.Width), Of(label, p.Label, p.Target.Labels))
            .Select(c => ($"{p.Name}.{c.Column}", c.Cell))),
    ];

    /// <inheritdoc/>
    public override string? FaultOf(ReadOnlySpan<float> label)
    {
        foreach (var p in Places())
        {
            var part = label.Slice(p.Label, p.Target.Labels);
            if (!float.IsNaN(part[0]) && p.Target.FaultOf(part) is { } fault)
            {
                return $"for '{p.Name}' {fault}";
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public override double[] PerUtterance(ReadOnlySpan<float> labels, ReadOnlySpan<float> predictions)
    {
        var totals = new double[Rows(labels, predictions) * Sums];
        var (y, x) = (labels.ToArray(), predictions.ToArray());
        foreach (var p in Places())
        {
            List<int> rows = [.. Labelled(y, p)];
            if (rows.Count == 0)
            {
                continue;
            }

            var own = p.Target.PerUtterance(Of(y, Labels, rows, p.Label, p.Target.Labels), Of(x, Width, rows, p.Output, p.Target.Width));
            foreach (var (i, row) in rows.Index())
            {
                own.AsSpan(i * p.Target.Sums, p.Target.Sums).CopyTo(totals.AsSpan((row * Sums) + p.Sum));
            }
        }

        return totals;
    }

    /// <inheritdoc/>
    public override void Evaluate(ReadOnlySpan<double> totals, Span<double> values)
    {
        foreach (var (_, target) in Parts)
        {
            target.Evaluate(totals[..target.Sums], values[..target.Metrics.Count]);
            totals = totals[target.Sums..];
            values = values[target.Metrics.Count..];
        }
    }

    /// <inheritdoc/>
    internal override IEnumerable<(string? Label, IReadOnlyList<string> Classes, double[] Counts)> Confusions(ReadOnlySpan<float> labels, ReadOnlySpan<float> predictions)
    {
        var (y, x) = (labels.ToArray(), predictions.ToArray());
        return Places().Select(p => (p, Rows: Labelled(y, p).ToList())).Where(p => p.Rows.Count > 0).SelectMany(p => p.p.Target
            .Confusions(Of(y, Labels, p.Rows, p.p.Label, p.p.Target.Labels), Of(x, Width, p.Rows, p.p.Output, p.p.Target.Width)).Select(c => ((string?)p.p.Name, c.Classes, c.Counts)));
    }

    /// <summary>The labels, and where in a label, an output and the sums each begins.</summary>
    internal IEnumerable<(string Name, Target Target, int Label, int Output, int Sum)> Places()
    {
        var (label, output, sum) = (0, 0, 0);
        foreach (var (name, target) in Parts)
        {
            yield return (name, target, label, output, sum);
            (label, output, sum) = (label + target.Labels, output + target.Width, sum + target.Sums);
        }
    }

    // The rows that have this label.
    private IEnumerable<int> Labelled(float[] labels, (string Name, Target Target, int Label, int Output, int Sum) part) =>
        Enumerable.Range(0, labels.Length / Labels).Where(row => !float.IsNaN(labels[(row * Labels) + part.Label]));

    private static float[] Of(float[] values, int stride, List<int> rows, int start, int count) => [.. rows.SelectMany(row => Part(values, stride, row, start, count))];

    private static ArraySegment<float> Part(float[] values, int stride, int row, int start, int count) => new(values, (row * stride) + start, count);

    private static List<T>? Of<T>(IReadOnlyList<T>? values, int start, int count) => values is null ? null : [.. values.Skip(start).Take(count)];
}
