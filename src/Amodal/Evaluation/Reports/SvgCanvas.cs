using System.Net;

namespace Amodal.Evaluation.Reports;

/// <summary>Draws SVG: inside a page with its colours, light or dark, or as a file on white paper.</summary>
internal sealed class SvgCanvas : ICanvas
{
    private readonly StringBuilder _svg = new();
    private readonly bool _isFile;

    private SvgCanvas(bool isFile) => _isFile = isFile;

    /// <summary>An element of a page.</summary>
    /// <param name="label">What it shows, for those who do not see it; null for what only decorates.</param>
    public static string Element(double width, double height, string? label, Action<ICanvas> draw) => Render(width, height, label, draw, isFile: false);

    /// <summary>A file of its own.</summary>
    public static string File(double width, double height, string label, Action<ICanvas> draw) => Render(width, height, label, draw, isFile: true) + "\n";

    // Style attributes, not presentation attributes: those would give way to a page's style sheet.
    public void Text(double x, double y, string text, double size, Ink ink, bool isBold = false, Anchor anchor = Anchor.Start, bool isUpward = false) =>
        _svg.Append($"<text {(isUpward ? $"transform=\"translate({N(x)} {N(y)}) rotate(-90)\"" : $"x=\"{N(x)}\" y=\"{N(y)}\"")} style=\"font:{(isBold ? "600 " : "")}{N(size)}px system-ui,'DejaVu Sans',sans-serif;fill:{Colour(ink)};white-space:pre\"")
            .Append(anchor == Anchor.Start ? "" : $" text-anchor=\"{(anchor == Anchor.Middle ? "middle" : "end")}\"").Append($">{Html(text)}</text>");

    public void Box(double x, double y, double width, double height, Ink ink, bool isFilled = true) =>
        _svg.Append($"<rect x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(width)}\" height=\"{N(height)}\"{(isFilled ? "" : " fill=\"none\"")} {(isFilled ? "fill" : "stroke")}=\"{Colour(ink)}\"{Opacity(ink)}/>");

    public void Shape(IEnumerable<(double X, double Y)> corners, Ink ink) => _svg.Append($"<path d=\"M{Through(corners)}z\" fill=\"{Colour(ink)}\"{Opacity(ink)}/>");

    public void Line(IEnumerable<(double X, double Y)> points, Ink ink, double width, bool isDashed = false) =>
        _svg.Append($"<path d=\"M{Through(points)}\" fill=\"none\" stroke=\"{Colour(ink)}\" stroke-width=\"{N(width)}\"{(isDashed ? " stroke-dasharray=\"6 4\"" : "")}{Opacity(ink)}/>");

    /// <summary>Dots of a line with round ends: a tenth of the bytes of circle elements.</summary>
    public void Circles(IEnumerable<(double X, double Y)> at, double radius, Ink ink) => Marks(at.Select(p => $"M{N(p.X)} {N(p.Y)}h.01"), 2 * radius, ink);

    public void Crosses(IEnumerable<(double X, double Y)> at, double radius, Ink ink)
    {
        var arm = N(2 * radius);
        Marks(at.Select(p => $"M{N(p.X - radius)} {N(p.Y - radius)}l{arm} {arm}m0 -{arm}l-{arm} {arm}"), 0.45 * radius, ink);
    }

    public void Titled(string title, Action draw)
    {
        _svg.Append($"<g><title>{Html(title)}</title>");
        draw();
        _svg.Append("</g>");
    }

    private static string Render(double width, double height, string? label, Action<ICanvas> draw, bool isFile)
    {
        var canvas = new SvgCanvas(isFile);
        canvas._svg.Append("<svg").Append(isFile ? $" xmlns=\"http://www.w3.org/2000/svg\" width=\"{N(width)}\" height=\"{N(height)}\"" : "")
            .Append($" viewBox=\"0 0 {N(width)} {N(height)}\" {(label is null ? "aria-hidden=\"true\"" : $"role=\"img\" aria-label=\"{Html(label)}\"")}>");
        if (isFile)
        {
            canvas.Box(0, 0, width, height, new Ink("#ffffff"));
        }

        draw(canvas);
        return canvas._svg.Append("</svg>").ToString();
    }

    private void Marks(IEnumerable<string> parts, double width, Ink ink) => _svg.Append("<path d=\"").AppendJoin("", parts)
        .Append($"\" fill=\"none\" stroke=\"{Colour(ink)}\" stroke-width=\"{N(width)}\" stroke-linecap=\"round\"{Opacity(ink)}/>\n");

    private static string Through(IEnumerable<(double X, double Y)> points) => string.Join('L', points.Select(p => $"{N(p.X)} {N(p.Y)}"));

    private string Colour(Ink ink) => _isFile || ink.Variable is null ? ink.Hex : $"var(--{ink.Variable})";

    private static string Opacity(Ink ink) => ink.Opacity < 1 ? $" opacity=\"{ink.Opacity.ToString("0.##", CultureInfo.InvariantCulture)}\"" : "";

    private static string N(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    private static string Html(string text) => WebUtility.HtmlEncode(text);
}
