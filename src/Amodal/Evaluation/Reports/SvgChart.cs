using System.Globalization;
using System.Net;
using System.Text;

namespace Amodal.Evaluation.Reports;

/// <summary>Draws charts as SVG inside a page: the browser's fonts, the page's colours, light or dark.</summary>
internal sealed class SvgChart
{
    private const double Top = 10;
    private const double Left = 52;
    private const double Right = 10;

    private readonly StringBuilder _svg = new();
    private readonly Chart _chart;
    private readonly double _width;
    private readonly double _height;
    private readonly double _bottom;
    private readonly IReadOnlyList<double> _ticks;
    private readonly double _lowX;
    private readonly double _highX;

    private SvgChart(Chart chart)
    {
        _chart = chart;
        (_width, _height) = chart.IsSmall ? (440, 250) : (920, 380);
        _bottom = chart.Categories.Count > 0 ? 74 : 42;
        var (low, high) = chart.YRange();
        _ticks = Chart.Ticks(low, high);
        var xs = chart.Series.SelectMany(s => s.Finite).Select(p => chart.Position(p.X)).ToList();
        var margin = Math.Max(1e-9, (xs.Max() - xs.Min()) * 0.04);
        (_lowX, _highX) = chart.Categories.Count > 0 ? (-0.5, chart.Categories.Count - 0.5) : (xs.Min() - margin, xs.Max() + margin);
    }

    /// <summary>A figure with heading, legend and picture.</summary>
    public static string Render(Chart chart) => new SvgChart(chart).Render();

    private string Render()
    {
        var label = $"{_chart.Title}: {_chart.YLabel} by {_chart.XLabel}";
        _svg.Append($"<svg viewBox=\"0 0 {N(_width)} {N(_height)}\" role=\"img\" aria-label=\"{Html(label)}\">");
        Axes();
        var bars = _chart.Series.Count(s => s.Form == Chart.Form.Bar);
        for (var i = 0; i < _chart.Series.Count; i++)
        {
            _svg.Append($"<g class=\"{Class(i)}\">");
            Draw(_chart.Series[i], i, bars);
            _svg.Append("</g>");
        }

        _svg.Append("</svg>");
        var size = _chart.IsSmall ? " class=\"small\"" : "";
        return $"<figure{size}><figcaption>{Html(_chart.Title)}</figcaption>{Legend()}{_svg}</figure>\n";
    }

    private void Axes()
    {
        foreach (var tick in _ticks)
        {
            _svg.Append($"<line class=\"grid\" x1=\"{N(Left)}\" x2=\"{N(_width - Right)}\" y1=\"{N(Y(tick))}\" y2=\"{N(Y(tick))}\"/>");
            Text(Left - 6, Y(tick) + 4, "end", tick.ToString("0.#####", CultureInfo.InvariantCulture));
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

        var (middle, axis) = ((Left + _width - Right) / 2, (Top + _height - _bottom) / 2);
        Text(middle, _height - 6, "middle", _chart.XLabel, "name");
        _svg.Append($"<text class=\"name\" text-anchor=\"middle\" transform=\"translate(12 {N(axis)}) rotate(-90)\">{Html(_chart.YLabel)}</text>");
    }

    private void Category(int index)
    {
        var name = _chart.Categories[index];
        var room = (int)((_width - Left - Right) / _chart.Categories.Count / 7); // about 7 units a letter
        var lines = Wrap(name, Math.Max(4, room)).ToList();
        for (var i = 0; i < lines.Count; i++)
        {
            Text(X(index), _height - _bottom + 16 + (14 * i), "middle", lines[i]);
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
                Text(at, _height - _bottom + 16, "middle", x.ToString("0.###", CultureInfo.InvariantCulture));
                last = at;
            }
        }
    }

    private void Draw(Chart.Line series, int index, int bars)
    {
        switch (series.Form)
        {
            case Chart.Form.Bar:
                var width = (X(1) - X(0)) * 0.82 / bars;
                foreach (var p in series.Finite)
                {
                    var x = X(p.X) + ((index - (bars / 2.0)) * width);
                    var (top, bottom) = (Math.Min(Y(p.Y), Y(0)), Math.Max(Y(p.Y), Y(0)));
                    Group(series, p, () => _svg.Append($"<rect class=\"fill\" x=\"{N(x)}\" y=\"{N(top)}\" width=\"{N(width * 0.88)}\" height=\"{N(bottom - top)}\"/>"));
                    Whisker(p, x + (width * 0.44), "over");
                }

                break;
            case Chart.Form.Mark:
                foreach (var p in series.Finite)
                {
                    Group(series, p, () => _svg.Append($"<path class=\"mark\" d=\"M{N(X(p.X - 0.44))} {N(Y(p.Y))}H{N(X(p.X + 0.44))}\"/>"));
                }

                break;
            case Chart.Form.Reference:
                _svg.Append($"<path class=\"mark\" d=\"M{string.Join('L', series.Finite.Select(p => $"{N(X(_chart.Position(p.X)))} {N(Y(p.Y))}"))}\"/>");
                break;
            case Chart.Form.Dots:
                foreach (var p in series.Finite)
                {
                    _svg.Append($"<circle class=\"fill dot\" cx=\"{N(X(_chart.Position(p.X)))}\" cy=\"{N(Y(p.Y))}\" r=\"2.2\"/>");
                }

                break;
            default:
                Line(series, index);
                break;
        }
    }

    /// <summary>The colour of a series as a class.</summary>
    private string Class(int index) => Look(index) switch
    {
        MethodColours.Ink => "si",
        MethodColours.Soft => "ss",
        var colour => $"s{colour % ReportStyle.Colours}",
    };

    /// <summary>Colour and symbol go together, so that a method has both in every chart.</summary>
    private int Look(int index) => _chart.Series[index].Colour ?? index;

    private string Dash(int index) => _chart.Series[index].IsDashed ?? Look(index) % 2 != 0 ? " dash" : "";

    private void Line(Chart.Line series, int index)
    {
        // A little aside for each series, so that whiskers at one place do not cover each other.
        var shift = series.Finite.Any(p => p.HasInterval) ? 5 * (index - ((_chart.Series.Count(s => s.Form == Chart.Form.Line) - 1) / 2.0)) : 0;
        var places = series.Finite.Select(p => (Point: p, At: X(_chart.Position(p.X)) + shift)).ToList();
        var path = string.Join("L", places.Select(p => $"{N(p.At)} {N(Y(p.Point.Y))}"));
        _svg.Append($"<path class=\"line{Dash(index)}\" d=\"M{path}\"/>");
        foreach (var (p, at) in places)
        {
            Whisker(p, at, "line");
            Group(series, p, () => Symbol(_svg, Look(index), at, Y(p.Y), places.Count > 20 ? 2 : 4));
        }
    }

    private void Whisker(Chart.Point p, double x, string kind)
    {
        if (p.HasInterval)
        {
            _svg.Append($"<path class=\"whisker {kind}\" d=\"M{N(x)} {N(Y(p.Low))}V{N(Y(p.High))}M{N(x - 2.5)} {N(Y(p.Low))}h5M{N(x - 2.5)} {N(Y(p.High))}h5\"/>");
        }
    }

    /// <summary>A shape with its numbers, shown when pointed at.</summary>
    private void Group(Chart.Line series, Chart.Point p, Action draw)
    {
        var x = _chart.Categories.Count > 0 ? _chart.Categories[(int)p.X] : $"{_chart.XLabel} {p.X.ToString("0.###", CultureInfo.InvariantCulture)}";
        var interval = p.HasInterval ? $" ({V(p.Low)} to {V(p.High)})" : "";
        _svg.Append("<g>");
        _svg.Append($"<title>{Html($"{series.Name}, {x}: {V(p.Y)}{interval}")}</title>");
        draw();
        _svg.Append("</g>");
    }

    private string Legend()
    {
        var legend = new StringBuilder("<ul class=\"legend\">");
        for (var i = 0; i < _chart.Series.Count; i++)
        {
            legend.Append($"<li class=\"{Class(i)}\"><svg viewBox=\"0 0 26 12\" aria-hidden=\"true\">");
            switch (_chart.Series[i].Form)
            {
                case Chart.Form.Bar:
                    legend.Append("<rect class=\"fill\" x=\"6\" y=\"0\" width=\"14\" height=\"12\"/>");
                    break;
                case Chart.Form.Dots:
                    legend.Append("<circle class=\"fill\" cx=\"13\" cy=\"6\" r=\"3\"/>");
                    break;
                case Chart.Form.Mark or Chart.Form.Reference:
                    legend.Append("<path class=\"mark\" d=\"M0 6H26\"/>");
                    break;
                default:
                    legend.Append($"<path class=\"line{Dash(i)}\" d=\"M0 6H26\"/>");
                    Symbol(legend, Look(i), 13, 6, 4);
                    break;
            }

            legend.Append($"</svg>{Html(_chart.Series[i].Name)}</li>");
        }

        return legend.Append("</ul>").ToString();
    }

    /// <summary>Shapes differ too, for readers who do not see all colours.</summary>
    private static void Symbol(StringBuilder svg, int index, double x, double y, double r) => svg.Append((Math.Abs(index) % 4) switch
    {
        0 => $"<circle class=\"fill\" cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"{N(r)}\"/>",
        1 => $"<rect class=\"fill\" x=\"{N(x - r)}\" y=\"{N(y - r)}\" width=\"{N(2 * r)}\" height=\"{N(2 * r)}\"/>",
        2 => $"<path class=\"fill\" d=\"M{N(x)} {N(y - (1.2 * r))}l{N(1.2 * r)} {N(2 * r)}h{N(-2.4 * r)}z\"/>",
        _ => $"<path class=\"fill\" d=\"M{N(x)} {N(y - (1.3 * r))}l{N(1.3 * r)} {N(1.3 * r)}l{N(-1.3 * r)} {N(1.3 * r)}l{N(-1.3 * r)} {N(-1.3 * r)}z\"/>",
    });

    private void Text(double x, double y, string anchor, string text, string? style = null) =>
        _svg.Append($"<text{(style is null ? "" : $" class=\"{style}\"")} x=\"{N(x)}\" y=\"{N(y)}\" text-anchor=\"{anchor}\">{Html(text)}</text>");

    private double X(double position) => Left + ((position - _lowX) / (_highX - _lowX) * (_width - Left - Right));

    private double Y(double value) => _height - _bottom - ((value - _ticks[0]) / (_ticks[^1] - _ticks[0]) * (_height - _bottom - Top));

    private static string N(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string V(double value) => value.ToString("0.0##", CultureInfo.InvariantCulture);

    private static string Html(string text) => WebUtility.HtmlEncode(text);
}
