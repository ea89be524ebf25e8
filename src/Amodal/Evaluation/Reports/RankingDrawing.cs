namespace Amodal.Evaluation.Reports;

/// <summary>A critical-difference diagram: methods along an axis of mean ranks, and bars over those that cannot be told apart.</summary>
internal static class RankingDrawing
{
    /// <summary>The files' name without extension.</summary>
    public const string FileName = "critical-difference";

    private const double Width = 920;
    private const double Side = 270; // for the names at either side
    private const double AxisTop = 78;
    private const double BarStep = 9;
    private const double NameStep = 19;
    private const double Text = 12;

    public static byte[] Png(Ranking ranking) => PngCanvas.File(Width, Height(ranking), canvas => Draw(ranking, canvas, isTitled: true));

    /// <summary>As a file of SVG.</summary>
    public static string Svg(Ranking ranking) => SvgCanvas.File(Width, Height(ranking), Title(ranking), canvas => Draw(ranking, canvas, isTitled: true));

    /// <summary>A figure of a page.</summary>
    public static string Figure(Ranking ranking) =>
        $"<figure><figcaption>{System.Net.WebUtility.HtmlEncode(Title(ranking))}</figcaption>{SvgCanvas.Element(Width, Height(ranking), Title(ranking), canvas => Draw(ranking, canvas, isTitled: false))}</figure>\n";

    private static string Title(Ranking ranking) => string.Create(CultureInfo.InvariantCulture,
        $"Mean ranks by {MetricStyle.Of(ranking.Metric).Name}{(ranking.Case == ProtocolEvaluator.AverageIncomplete ? ", incomplete sets" : "")}: methods under one bar cannot be told apart (Nemenyi, {ranking.Blocks} blocks, critical difference {ranking.CriticalDifference:0.00})");

    private static int Half(Ranking ranking) => (ranking.Methods.Count + 1) / 2;

    private static double NamesTop(Ranking ranking) => AxisTop + 22 + (BarStep * ranking.Groups.Count);

    private static double Height(Ranking ranking) => NamesTop(ranking) + (NameStep * Half(ranking)) + 14;

    private static void Draw(Ranking ranking, ICanvas canvas, bool isTitled)
    {
        var count = ranking.Methods.Count;
        // The axis has the whole ranks about those that there are: of many methods, no mean rank is near either end.
        var (low, high) = (Math.Floor(ranking.Methods[0].Rank), Math.Floor(ranking.Methods[^1].Rank) + 1);
        double X(double rank) => Side + ((rank - low) / (high - low) * (Width - (2 * Side)));
        if (isTitled)
        {
            canvas.Text(Width / 2, 22, Title(ranking), Text, ReportStyle.Ink, anchor: Anchor.Middle);
        }

        canvas.Line([(X(low), AxisTop), (X(high), AxisTop)], ReportStyle.Ink, 1.2);
        foreach (var rank in Chart.Ticks(low, high, 8).Where(r => r >= low && r <= high && r == Math.Floor(r)))
        {
            canvas.Line([(X(rank), AxisTop - 5), (X(rank), AxisTop)], ReportStyle.Ink, 1.2);
            canvas.Text(X(rank), AxisTop - 9, rank.ToString("0", CultureInfo.InvariantCulture), Text, ReportStyle.Soft, anchor: Anchor.Middle);
        }

        var length = Math.Min(X(low + ranking.CriticalDifference), X(high)) - X(low);
        canvas.Line([(X(low), 46), (X(low) + length, 46)], ReportStyle.Ink, 2);
        canvas.Text(X(low) + (length / 2), 41, "CD", Text, ReportStyle.Soft, anchor: Anchor.Middle);
        foreach (var (i, (first, last)) in ranking.Groups.Index())
        {
            var y = AxisTop + 12 + (BarStep * i);
            canvas.Line([(X(ranking.Methods[first].Rank) - 3, y), (X(ranking.Methods[last].Rank) + 3, y)], ReportStyle.Ink, 4);
        }

        foreach (var (place, method) in ranking.Methods.Index())
        {
            var isLeft = place < Half(ranking);
            // The nearer to its end of the axis, the higher the name: so no line crosses another.
            var y = NamesTop(ranking) + (NameStep * (isLeft ? place : count - 1 - place)) + 4;
            var edge = isLeft ? Side - 24 : Width - Side + 24;
            canvas.Line([(X(method.Rank), AxisTop), (X(method.Rank), y), (edge, y)], ReportStyle.Soft, 1);
            canvas.Text(isLeft ? edge - 5 : edge + 5, y + 4, string.Create(CultureInfo.InvariantCulture, $"{method.Name}  {method.Rank:0.0}"), Text, ReportStyle.Ink,
                anchor: isLeft ? Anchor.End : Anchor.Start);
        }
    }
}
