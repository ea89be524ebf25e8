using System.Globalization;
using ScottPlot;

namespace Amodal.Evaluation.Reports;

/// <summary>Draws charts as PNG.</summary>
internal static class PngChart
{
    private const int Scale = 2; // pixels to a point, so that text stays sharp in print

    /// <summary>The colours of <see cref="ReportStyle"/> on white paper.</summary>
    private static readonly Color[] _colours =
        [.. new[] { "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7F7F7F", "#A89A00", "#332288", "#882255" }.Select(Color.FromHex)];

    private static readonly MarkerShape[] _marks =
        [MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledDiamond];

    /// <summary>Whether the machine has a font to draw text with; a plain Debian has none.</summary>
    public static bool HasFont => InstalledFonts().Any();

    /// <summary>The first of the usual fonts that the machine has; null takes its own.</summary>
    public static string? FontName
    {
        get
        {
            var installed = InstalledFonts().ToHashSet();
            return new[] { "Inter", "Noto Sans", "Open Sans", "Segoe UI", "Helvetica", "Arial", "Liberation Sans", "DejaVu Sans" }.FirstOrDefault(installed.Contains);
        }
    }

    /// <summary>The picture's bytes.</summary>
    public static byte[] Render(Chart chart)
    {
        using var plot = Create(chart);
        plot.ScaleFactor = Scale;
        var (width, height) = SizeOf(chart);
        return plot.GetImageBytes(width * Scale, height * Scale, ImageFormat.Png);
    }

    /// <summary>The same picture as a file of SVG that stands alone.</summary>
    public static string RenderSvg(Chart chart)
    {
        using var plot = Create(chart);
        var (width, height) = SizeOf(chart);
        return plot.GetSvgXml(width, height);
    }

    private static (int Width, int Height) SizeOf(Chart chart) => chart.IsSmall ? (480, 320) : (960, 480);

    private static Plot Create(Chart chart)
    {
        var plot = new Plot();
        var bars = chart.Series.Where(s => s.Form == Chart.Form.Bar).ToList();
        for (var i = 0; i < chart.Series.Count; i++)
        {
            Draw(plot, chart, i, bars.Count);
        }

        Frame(plot, chart);
        return plot;
    }

    /// <summary>Where there is none, the manager still names one family, "".</summary>
    private static IEnumerable<string> InstalledFonts() => SkiaSharp.SKFontManager.Default.FontFamilies.Where(f => f.Length > 0);

    private static void Draw(Plot plot, Chart chart, int index, int barCount)
    {
        var series = chart.Series[index];
        var look = series.Colour ?? index;
        var colour = look switch
        {
            MethodColours.Ink => Colors.Black,
            MethodColours.Soft => Colors.Gray,
            _ => _colours[look % _colours.Length],
        };
        var points = series.Finite.ToList();
        switch (series.Form)
        {
            case Chart.Form.Bar:
                var width = 0.8 / barCount;
                double At(Chart.Point p) => p.X - 0.4 + ((index + 0.5) * width);
                plot.Add.Bars(points.Select(p => new Bar { Position = At(p), Value = p.Y, Size = width * 0.9, FillColor = colour, LineWidth = 0 }).ToArray()).LegendText = series.Name;
                Whiskers(plot, points, At, Colors.Black.WithAlpha(0.7));
                break;
            case Chart.Form.Mark:
                for (var i = 0; i < points.Count; i++)
                {
                    var mark = plot.Add.Line(points[i].X - 0.42, points[i].Y, points[i].X + 0.42, points[i].Y);
                    (mark.LineColor, mark.LineWidth, mark.LinePattern) = (Colors.Black, 2, LinePattern.Dashed);
                    mark.LegendText = i == 0 ? series.Name : "";
                }

                break;
            case Chart.Form.Reference:
                var reference = plot.Add.ScatterLine(points.Select(p => chart.Position(p.X)).ToArray(), points.Select(p => p.Y).ToArray());
                (reference.Color, reference.LineWidth, reference.LinePattern, reference.LegendText) = (Colors.Black, 2, LinePattern.Dotted, series.Name);
                break;
            case Chart.Form.Dots:
                var dots = plot.Add.ScatterPoints(points.Select(p => chart.Position(p.X)).ToArray(), points.Select(p => p.Y).ToArray());
                (dots.Color, dots.MarkerSize, dots.LegendText) = (colour.WithAlpha(0.5), 4, series.Name);
                break;
            default:
                var shift = Shift(chart, index);
                var line = plot.Add.Scatter(points.Select(p => chart.Position(p.X) + shift).ToArray(), points.Select(p => p.Y).ToArray());
                (line.Color, line.LineWidth, line.MarkerSize, line.MarkerShape) = (colour, 2, chart.IsSmall ? 4 : 8, _marks[Math.Abs(look) % _marks.Length]);
                line.LinePattern = points.Count > 1 && (series.IsDashed ?? look % 2 != 0) ? LinePattern.Dashed : LinePattern.Solid;
                line.LegendText = series.Name;
                Whiskers(plot, points, p => chart.Position(p.X) + shift, colour);
                break;
        }
    }

    private static void Whiskers(Plot plot, IEnumerable<Chart.Point> points, Func<Chart.Point, double> at, Color colour)
    {
        foreach (var point in points.Where(p => p.HasInterval))
        {
            var whisker = plot.Add.Line(at(point), point.Low, at(point), point.High);
            (whisker.LineColor, whisker.LineWidth) = (colour, 1.2f);
        }
    }

    /// <summary>Moves a series a little aside that shares places with another, so that whiskers there do not cover each other.</summary>
    private static double Shift(Chart chart, int index)
    {
        var xs = chart.Series.SelectMany(s => s.Finite).Where(p => p.HasInterval).Select(p => chart.Position(p.X)).DefaultIfEmpty().ToList();
        var others = chart.Series.Where((_, i) => i != index).SelectMany(s => s.Finite).Select(p => p.X).ToHashSet();
        return !chart.Series[index].Finite.Any(p => others.Contains(p.X)) ? 0 : (xs.Max() - xs.Min()) * 0.006 * (index - ((chart.Series.Count(s => s.Form == Chart.Form.Line) - 1) / 2.0));
    }

    private static void Frame(Plot plot, Chart chart)
    {
        if (FontName is { } font)
        {
            plot.Font.Set(font);
        }

        plot.Title(chart.Title);
        plot.XLabel(chart.XLabel);
        plot.YLabel(chart.YLabel);
        plot.Axes.Right.IsVisible = plot.Axes.Top.IsVisible = false;
        if (chart.Categories.Count > 0)
        {
            // Names break after '+', or neighbours would overlap.
            plot.Axes.Bottom.SetTicks([.. chart.Categories.Select((_, i) => (double)i)],
                [.. chart.Categories.Select(c => c.Replace("+", "+\n", StringComparison.Ordinal).Replace(" (", "\n(", StringComparison.Ordinal))]);
        }
        else if (chart.IsLogX)
        {
            var named = chart.XTicks(count: 8);
            plot.Axes.Bottom.SetTicks([.. named.Select(Math.Log10)], [.. named.Select(x => x.ToString("0.###", CultureInfo.InvariantCulture))]);
        }

        var (low, high) = chart.YRange();
        var ticks = Chart.Ticks(low, high);
        plot.Axes.AutoScale();
        if (chart.Categories.Count == 0 && chart.Series.SelectMany(s => s.Finite).Select(p => chart.Position(p.X)).Distinct().ToList() is [var only])
        {
            plot.Axes.SetLimitsX(only - 1, only + 1); // one place has no width of its own
            plot.Axes.Bottom.SetTicks([only], [chart.XTicks(count: 1)[0].ToString("0.###", CultureInfo.InvariantCulture)]);
        }

        plot.Axes.SetLimitsY(ticks[0], ticks[^1]);
        plot.ShowLegend(Edge.Bottom);
        plot.Legend.Orientation = Orientation.Horizontal;
        (plot.Legend.OutlineWidth, plot.Legend.ShadowColor) = (0, Colors.Transparent);
    }
}
