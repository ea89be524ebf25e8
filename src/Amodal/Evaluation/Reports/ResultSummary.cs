namespace Amodal.Evaluation.Reports;

/// <summary>
/// An evaluation in sentences: what was reached, how the method stands against each baseline, what losing each modality
/// costs, which matters most, and whether all modalities together do better than one alone. What an interval of paired
/// differences does not tell from 0 is called chance.
/// </summary>
/// <param name="Lines">Everything, a line per question; the verdict is one of them.</param>
/// <param name="Warning">That all modalities together do worse than one alone; null where they do not. One of the lines, too.</param>
internal sealed record ResultSummary(string Verdict, IReadOnlyList<string> Lines, string? Warning)
{
    private const int MostNamed = 6;

    /// <summary>Reads the sentences off an evaluation.</summary>
    /// <param name="intervals">What the intervals are drawn over, as a caption; may be empty.</param>
    /// <param name="differences">The method against each baseline.</param>
    /// <param name="effects">What each modality is worth.</param>
    /// <returns>The summary; null where there is no row of the method to speak of.</returns>
    public static ResultSummary? Of(
        string method, string intervals, IReadOnlyList<ResultRow> rows, IReadOnlyList<PairedDifference> differences, IReadOnlyList<ModalityEffect> effects)
    {
        var own = rows.Where(r => r.Method == method).ToList();
        if ((own.FirstOrDefault(r => r.Case == ProtocolEvaluator.AverageIncomplete) ?? own.FirstOrDefault(r => PivotTable.MissingCount(r.Case) == 1) ?? own.Where(r => r.MissingRate is not null).MaxBy(r => r.MissingRate)
            ?? own.FirstOrDefault(r => r.Masks is not null)) is not { } row)
        {
            return null;
        }

        var metric = LeadOf(rows);
        var style = MetricStyle.Of(metric);
        var verdict = Standing(style, [.. differences.Where(d => d.Method == method && d.Case == row.Case && d.Metric == metric)]);
        var of = effects.Where(e => e.Method == method && e.Metric == metric && double.IsFinite(e.Difference.Value)).ToList();
        var (together, isWorse) = Together(style, of);
        string?[] lines = [Reached(method, style, metric, row, own, ResultTables.Sentence(intervals)), verdict, Losses(style, of), MattersMost(style, of), together];
        return new ResultSummary(verdict, [.. lines.OfType<string>()], isWorse ? together : null);
    }

    /// <summary>The first lead metric, or the second where a constant has them all right or the first has no value, as where no label has a sign.</summary>
    private static string LeadOf(IReadOnlyList<ResultRow> rows)
    {
        var leads = ResultTables.MetricsOf(rows, MetricUse.Lead);
        return leads.Where(m => rows.Where(r => r.Metrics.ContainsKey(m)).Select(r => r.Metrics[m].Value).ToList() is var values && values.All(double.IsFinite) && values.Any(v => v < 1))
            .Concat(leads.Skip(1)).Concat(leads).Append(Target.Score.Metrics[0].Name).First();
    }

    private static string Reached(string method, MetricStyle style, string metric, ResultRow row, List<ResultRow> own, string unit)
    {
        if (!row.Metrics.TryGetValue(metric, out var value))
        {
            return $"{method}: no {style.Name}. {unit}".TrimEnd();
        }

        var where = row.Masks is { } masks ? $"with the masks {masks}" : row.MissingRate is null ? "on average over the incomplete observed sets" : $"at the missing rate {row.Case["MR=".Length..]}";
        // The complete set is the last before the averages; its row stands alone where it has the most names.
        var complete = own.Where(r => r.Protocol == "fixed" && !ResultTables.IsSummary(r.Case)).LastOrDefault();
        var all = complete is null || !complete.Metrics.TryGetValue(metric, out var e) ? "" : $", and {Value(style, e)} with all observed";
        return $"{method} reaches {style.Name} {Value(style, value)} {where}{all}. {unit}".TrimEnd();
    }

    private static string Standing(MetricStyle style, List<PairedDifference> differences)
    {
        if (differences.Count == 0)
        {
            return "No baseline stands beside it.";
        }

        var gains = differences.Select(d => (d.Baseline, Gain: Gain(style, d.Difference))).ToList();
        var better = gains.Where(g => g.Gain.Low > 0).ToList();
        var worse = gains.Where(g => g.Gain.High < 0).ToList();
        var same = gains.Except(better).Except(worse).ToList();
        List<string> parts = [];
        if (better.Count > 0)
        {
            parts.Add("better than " + List(better.Select((g, i) => $"{g.Baseline} by {Amount(style, g.Gain, i == 0)}")));
        }

        if (worse.Count > 0)
        {
            parts.Add("worse than " + List(worse.Select((g, i) => $"{g.Baseline} by {Amount(style, Flip(g.Gain), i == 0 && better.Count == 0)}")));
        }

        if (same.Count > 0)
        {
            parts.Add("not to be told from " + List(same.Select(g => $"{g.Baseline} ({Open(style, g.Gain)}{(g.Gain.HasInterval ? ": no more than chance" : "")})")));
        }

        var opening = better.Count == gains.Count ? "It beats every baseline beyond chance"
            : better.Count == 0 ? "It beats no baseline beyond chance"
            : $"It beats {better.Count} of {gains.Count} baselines beyond chance";
        return $"{opening}. It is {string.Join("; ", parts)}.";
    }

    private static string? Losses(MetricStyle style, List<ModalityEffect> effects)
    {
        var losses = effects.Where(e => e.Kind == ModalityEffect.Lost).Select(e => (e.Modality, Gain: Gain(style, e.Difference))).OrderByDescending(l => l.Gain.Value).ToList();
        if (losses.Count == 0)
        {
            return null;
        }

        var parts = losses.Take(MostNamed).Select((l, i) => l.Gain switch
        {
            { Low: > 0 } => $"losing {l.Modality} costs {Amount(style, l.Gain, i == 0)}",
            { High: < 0 } => $"losing {l.Modality} gains {Amount(style, Flip(l.Gain), i == 0)}",
            { HasInterval: false } => $"what losing {l.Modality} costs cannot be told from chance ({Open(style, l.Gain)})",
            _ => $"losing {l.Modality} costs no more than chance ({Open(style, l.Gain)})",
        });
        var rest = losses.Count > MostNamed ? $"; losing one of the {losses.Count - MostNamed} others costs less" : "";
        return Sentence($"{string.Join(", ", parts)}{rest}.");
    }

    private static string? MattersMost(MetricStyle style, List<ModalityEffect> effects)
    {
        var losses = effects.Where(e => e.Kind == ModalityEffect.Lost).Select(e => (e.Modality, Gain: Gain(style, e.Difference))).OrderByDescending(l => l.Gain.Value).ToList();
        if (losses.Count == 0)
        {
            return null;
        }

        var top = losses[0];
        if (!(top.Gain.Low > 0))
        {
            return "No modality is missed beyond chance when the others are there.";
        }

        var over = losses.Skip(1).Select(l => (l.Modality, Gain: Over(style, effects, top.Modality, l.Modality))).Where(o => o.Gain is not null).ToList();
        var alike = over.Where(o => !(o.Gain!.Low > 0)).ToList();
        if (alike.Count > 0)
        {
            return $"{top.Modality} costs most, but it cannot be told from {List(alike.Select(o => $"{o.Modality} ({Open(style, o.Gain!)})"))}.";
        }

        return over.Count == 0 ? $"{top.Modality} matters most."
            : $"{top.Modality} matters most: losing it costs {Amount(style, over[0].Gain!, hasUnit: true)} more than losing {over[0].Modality}, the next.";
    }

    private static Estimate? Over(MetricStyle style, List<ModalityEffect> effects, string modality, string other)
    {
        var over = effects.Where(e => e.Kind == ModalityEffect.Over).ToList();
        return over.Find(e => e.Modality == modality && e.Other == other) is { } given ? Gain(style, given.Difference)
            : over.Find(e => e.Modality == other && e.Other == modality) is { } turned ? Flip(Gain(style, turned.Difference))
            : null;
    }

    private static (string? Sentence, bool IsWorse) Together(MetricStyle style, List<ModalityEffect> effects)
    {
        var alone = effects.Where(e => e.Kind == ModalityEffect.Alone).Select(e => (e.Modality, Gain: Gain(style, e.Difference))).ToList();
        if (alone.Count == 0)
        {
            return (null, false);
        }

        var (modality, gain) = alone.MinBy(a => a.Gain.Value);
        return gain switch
        {
            { High: < 0 } => ($"Warning: with all observed it does worse than with {modality} alone, by {Amount(style, Flip(gain), hasUnit: true)}.", true),
            { Low: > 0 } => ($"All modalities together do better than any alone; {modality} comes closest, {Amount(style, gain, hasUnit: true)} below.", false),
            _ => ($"All modalities together cannot be told from {modality} alone ({Open(style, gain)}){(gain.HasInterval ? ": the others add no more than chance" : "")}.", false),
        };
    }

    /// <summary>A difference so that above 0 is better.</summary>
    private static Estimate Gain(MetricStyle style, Estimate e) => style.IsHigherBetter ? e : Flip(e);

    private static Estimate Flip(Estimate e) => new(-e.Value, -e.High, -e.Low);

    private static string Value(MetricStyle style, Estimate e) => $"{style.Show(e.Value)}{(style.IsPercent ? " %" : "")} ({(e.HasInterval ? style.ShowInterval(e) : "no interval")})";

    /// <summary>A difference that is not beyond chance.</summary>
    private static string Open(MetricStyle style, Estimate e) => $"{style.ShowDifference(e.Value)}, {(e.HasInterval ? style.ShowDifferences(e) : "no interval")}";

    private static string Amount(MetricStyle style, Estimate e, bool hasUnit) =>
        $"{style.Show(e.Value)}{(hasUnit ? style.IsPercent ? " points" : $" of {style.Name}" : "")} ({style.ShowInterval(e)})";

    private static string List(IEnumerable<string> items)
    {
        var all = items.ToList();
        return all.Count < 2 ? string.Concat(all) : $"{string.Join(", ", all.SkipLast(1))} and {all[^1]}";
    }

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
