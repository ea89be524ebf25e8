using System.Net;

namespace Amodal.Evaluation.Reports;

/// <summary>Lays charts out: for a page, which has their title and legend beside them, and as pictures that stand alone.</summary>
internal sealed class ChartDrawing
{
    private const double Left = 52;
    private const double Right = 10;
    private const double SwatchWidth = 26;
    private const double LegendLine = 18;
    private const double Letter = 6.4; // about the width of one at the usual size
    private const double Small = 12; // the usual size of text

    private readonly Chart _chart;
    private readonly ICanvas _canvas;
    private readonly double _width;
    private readonly double _top;
    private readonly double _bottom; // of the box of the plot
    private readonly IReadOnlyList<double> _ticks;
    private readonly double _lowX;
    private readonly double _highX;

    /// <param name="top">The upper edge of the plot.</param>
    /// <param name="bottom">The lower edge of the names below it.</param>
    private ChartDrawing(Chart chart, ICanvas canvas, double width, double top, double bottom)
    {
        (_chart, _canvas, _width, _top) = (chart, canvas, width, top);
        _bottom = bottom - (chart.Categories.Count > 0 ? 74 : 42);
        var (low, high) = chart.YRange();
        _ticks = Chart.Ticks(low, high);
        var xs = chart.Series.SelectMany(s => s.Finite).Select(p => chart.Position(p.X)).ToList();
        var margin = Math.Max(1e-6, (xs.Max() - xs.Min()) * 0.04);
        (_lowX, _highX) = chart.Categories.Count > 0 ? (-0.5, chart.Categories.Count - 0.5) : (xs.Min() - margin, xs.Max() + margin);
        Axes(bottom);
        for (var i = 0; i < chart.Series.Count; i++)
        {
            Draw(chart.Series[i], i);
        }
    }

    /// <summary>A figure of a page with heading, legend and picture.</summary>
    public static string Figure(Chart chart)
    {
        var (width, height) = chart.IsSmall ? (440, 250) : (920, 380);
        var legend = chart.Series.Select((s, i) => $"<li>{SvgCanvas.Element(SwatchWidth, 12, null, canvas => Swatch(chart, i, canvas, 0, 6))}{Html(s.Name)}</li>");
        var picture = SvgCanvas.Element(width, height, $"{chart.Title}: {chart.YLabel} by {chart.XLabel}", canvas => _ = new ChartDrawing(chart, canvas, width, 10, height));
        return $"<figure{(chart.IsSmall ? " class=\"small\"" : "")}><figcaption>{Html(chart.Title)}</figcaption><ul class=\"legend\">{string.Concat(legend)}</ul>{picture}</figure>\n";
    }

    /// <summary>A picture that stands alone, as PNG.</summary>
    public static byte[] Png(Chart chart) => PngCanvas.File(PictureWidth(chart), PictureHeight(chart), canvas => Picture(chart, canvas));

    /// <summary>The same as SVG.</summary>
    public static string Svg(Chart chart) => SvgCanvas.File(PictureWidth(chart), PictureHeight(chart), chart.Title, canvas => Picture(chart, canvas));

    private static double PictureWidth(Chart chart) => chart.IsSmall ? 480 : 960;

    private static double PictureHeight(Chart chart) => chart.IsSmall ? 320 : 480;

    private static void Picture(Chart chart, ICanvas canvas)
    {
        var (width, height) = (PictureWidth(chart), PictureHeight(chart));
        canvas.Text(width / 2, 24, chart.Title, 16, ReportStyle.Ink, isBold: true, Anchor.Middle);
        var rows = LegendRows(chart, width - Left);
        var bottom = height - 6 - (rows.Count * LegendLine);
        _ = new ChartDrawing(chart, canvas, width, 42, bottom);
        foreach (var row in rows)
        {
            bottom += LegendLine;
            var x = (width - row.Sum(i => ItemWidth(chart, i))) / 2;
            foreach (var i in row)
            {
                Swatch(chart, i, canvas, x, bottom - 4);
                canvas.Text(x + SwatchWidth + 6, bottom, chart.Series[i].Name, Small, ReportStyle.Soft);
                x += ItemWidth(chart, i);
            }
        }
    }

    private static double ItemWidth(Chart chart, int index) => SwatchWidth + 22 + (Letter * chart.Series[index].Name.Length);

    private static List<List<int>> LegendRows(Chart chart, double width)
    {
        List<List<int>> rows = [[]];
        for (var i = 0; i < chart.Series.Count; i++)
        {
            if (rows[^1].Count > 0 && rows[^1].Sum(j => ItemWidth(chart, j)) + ItemWidth(chart, i) > width)
            {
                rows.Add([]);
            }

            rows[^1].Add(i);
        }

        return rows;
    }

    private void Axes(double bottom)
    {
        foreach (var tick in _ticks)
        {
            _canvas.Line([(Left, Y(tick)), (_width - Right, Y(tick))], ReportStyle.Rule, 1);
            _canvas.Text(Left - 6, Y(tick) + 4, tick.ToString("0.#####", CultureInfo.InvariantCulture), Small, ReportStyle.Soft, anchor: Anchor.End);
        }

        if (_chart.Categories.Count > 0)
        {
            for (var i = 0; i < _chart.Categories.Count; i++)
            {
                Category(i);
            }
        }
        else
        {
            NumberLine();
        }

        _canvas.Text((Left + _width - Right) / 2, bottom - 6, _chart.XLabel, Small, ReportStyle.Ink, anchor: Anchor.Middle);
        _canvas.Text(12, (_top + _bottom) / 2, _chart.YLabel, Small, ReportStyle.Ink, anchor: Anchor.Middle, isUpward: true);
    }

    private void Category(int index)
    {
        var room = (int)((_width - Left - Right) / _chart.Categories.Count / 7); // about 7 units a letter
        foreach (var (i, line) in Wrap(_chart.Categories[index], Math.Max(4, room)).Index())
        {
            _canvas.Text(X(index), _bottom + 16 + (14 * i), line, Small, ReportStyle.Soft, anchor: Anchor.Middle);
        }
    }

    /// <summary>At most three lines, broken after '+' and spaces; what does not fit ends in an ellipsis.</summary>
    private static IEnumerable<string> Wrap(string name, int room)
    {
        var lines = new List<string> { "" };
        foreach (var word in name.Replace("+", "+\0", StringComparison.Ordinal).Replace(" ", " \0", StringComparison.Ordinal).Split('\0'))
        {
            if (lines[^1].Length > 0 && lines[^1].Length + word.TrimEnd().Length > room)
            {
                lines.Add("");
            }

            lines[^1] += word;
        }

        return lines.Take(3).Select(l => l.TrimEnd().Length <= room + 1 ? l.TrimEnd() : l[..room] + "…");
    }

    private void NumberLine()
    {
        var last = double.NegativeInfinity;
        foreach (var x in _chart.XTicks(_chart.IsSmall ? 5 : 8))
        {
            var at = X(_chart.Position(x));
            if (at - last >= 26)
            {
                _canvas.Text(at, _bottom + 16, x.ToString("0.###", CultureInfo.InvariantCulture), Small, ReportStyle.Soft, anchor: Anchor.Middle);
                last = at;
            }
        }
    }

    private void Draw(Chart.Line series, int index)
    {
        var ink = InkOf(_chart, index);
        switch (series.Form)
        {
            case Chart.Form.Bar:
                var bars = _chart.Series.Count(s => s.Form == Chart.Form.Bar);
                var width = (X(1) - X(0)) * 0.82 / bars;
                foreach (var p in series.Finite)
                {
                    var x = X(p.X) + ((index - (bars / 2.0)) * width);
                    var (top, bottom) = (Math.Min(Y(p.Y), Y(0)), Math.Max(Y(p.Y), Y(0)));
                    _canvas.Titled(Words(series, p), () => _canvas.Box(x, top, width * 0.88, bottom - top, ink));
                    Whisker(p, x + (width * 0.44), ReportStyle.Ink with { Opacity = 0.75 });
                }

                break;
            case Chart.Form.Mark:
                foreach (var p in series.Finite)
                {
                    _canvas.Titled(Words(series, p), () => _canvas.Line([(X(p.X - 0.44), Y(p.Y)), (X(p.X + 0.44), Y(p.Y))], ReportStyle.Ink, 2, isDashed: true));
                }

                break;
            case Chart.Form.Reference:
                _canvas.Line(series.Finite.Select(p => (X(_chart.Position(p.X)), Y(p.Y))), ReportStyle.Ink, 2, isDashed: true);
                break;
            case Chart.Form.Dots:
                _canvas.Circles(series.Finite.Select(p => (X(_chart.Position(p.X)), Y(p.Y))), 2.2, ink with { Opacity = 0.45 });
                break;
            default:
                Line(series, index, ink);
                break;
        }
    }

    private void Line(Chart.Line series, int index, Ink ink)
    {
        // A little aside for each series, so that whiskers at one place do not cover each other.
        var shift = series.Finite.Any(p => p.HasInterval) ? 5 * (index - ((_chart.Series.Count(s => s.Form == Chart.Form.Line) - 1) / 2.0)) : 0;
        var places = series.Finite.Select(p => (Point: p, At: X(_chart.Position(p.X)) + shift)).ToList();
        _canvas.Line(places.Select(p => (p.At, Y(p.Point.Y))), ink, 2, IsDashed(_chart, index));
        foreach (var (p, at) in places)
        {
            Whisker(p, at, ink);
            _canvas.Titled(Words(series, p), () => Symbol(_canvas, Look(_chart, index), at, Y(p.Y), places.Count > 20 ? 2 : 4, ink));
        }
    }

    private void Whisker(Chart.Point p, double x, Ink ink)
    {
        if (p.HasInterval)
        {
            var (low, high) = (Y(p.Low), Y(p.High));
            _canvas.Line([(x - 2.5, low), (x + 2.5, low), (x, low), (x, high), (x - 2.5, high), (x + 2.5, high)], ink, 1.2);
        }
    }

    /// <summary>The numbers of a point, shown when it is pointed at.</summary>
    private string Words(Chart.Line series, Chart.Point p)
    {
        var x = _chart.Categories.Count > 0 ? _chart.Categories[(int)p.X] : $"{_chart.XLabel} {p.X.ToString("0.###", CultureInfo.InvariantCulture)}";
        return $"{series.Name}, {x}: {V(p.Y)}{(p.HasInterval ? $" ({V(p.Low)} to {V(p.High)})" : "")}";

        static string V(double value) => value.ToString("0.0##", CultureInfo.InvariantCulture);
    }

    /// <summary>What stands beside the name of a series in the legend.</summary>
    private static void Swatch(Chart chart, int index, ICanvas canvas, double x, double y)
    {
        var ink = InkOf(chart, index);
        switch (chart.Series[index].Form)
        {
            case Chart.Form.Bar:
                canvas.Box(x + 6, y - 6, 14, 12, ink);
                break;
            case Chart.Form.Dots:
                canvas.Circles([(x + 13, y)], 3, ink);
                break;
            case Chart.Form.Mark or Chart.Form.Reference:
                canvas.Line([(x, y), (x + SwatchWidth, y)], ReportStyle.Ink, 2, isDashed: true);
                break;
            default:
                canvas.Line([(x, y), (x + SwatchWidth, y)], ink, 2, IsDashed(chart, index));
                Symbol(canvas, Look(chart, index), x + 13, y, 4, ink);
                break;
        }
    }

    /// <summary>Shapes differ too, for readers who do not see all colours.</summary>
    private static void Symbol(ICanvas canvas, int look, double x, double y, double r, Ink ink)
    {
        switch (Math.Abs(look) % 4)
        {
            case 0:
                canvas.Circles([(x, y)], r, ink);
                break;
            case 1:
                canvas.Box(x - r, y - r, 2 * r, 2 * r, ink);
                break;
            case 2:
                canvas.Shape([(x, y - (1.2 * r)), (x + (1.2 * r), y + (0.8 * r)), (x - (1.2 * r), y + (0.8 * r))], ink);
                break;
            default:
                canvas.Shape([(x, y - (1.3 * r)), (x + (1.3 * r), y), (x, y + (1.3 * r)), (x - (1.3 * r), y)], ink);
                break;
        }
    }

    /// <summary>Colour and symbol go together, so that a method has both in every chart.</summary>
    private static int Look(Chart chart, int index) => chart.Series[index].Colour ?? index;

    private static Ink InkOf(Chart chart, int index) => Look(chart, index) switch
    {
        MethodColours.Ink => ReportStyle.Ink,
        MethodColours.Soft => ReportStyle.Soft,
        var look => ReportStyle.Colours[look % ReportStyle.Colours.Count],
    };

    private static bool IsDashed(Chart chart, int index) => chart.Series[index].IsDashed ?? Look(chart, index) % 2 != 0;

    private double X(double position) => Left + ((position - _lowX) / (_highX - _lowX) * (_width - Left - Right));

    private double Y(double value) => _bottom - ((value - _ticks[0]) / (_ticks[^1] - _ticks[0]) * (_bottom - _top));

    private static string Html(string text) => WebUtility.HtmlEncode(text);
}
