using System.Globalization;
using System.Net;
using System.Text;
using Amodal.Evaluation.Embedding;

namespace Amodal.Evaluation.Reports;

/// <summary>A latent figure as SVG: white paper, so that it looks the same in a dark page and on its own.</summary>
internal sealed class LatentFigureSvg : IFigureCanvas
{
    private readonly StringBuilder _svg = new();

    private LatentFigureSvg()
    {
    }

    /// <summary>The SVG element.</summary>
    /// <param name="figure">What to draw.</param>
    /// <param name="isFile">As a file of its own rather than a part of a page.</param>
    public static string Render(LatentFigure figure, bool isFile)
    {
        var (width, height) = LatentFigureDrawing.Size(figure);
        var canvas = new LatentFigureSvg();
        canvas._svg.Append("<svg").Append(isFile ? $" xmlns=\"http://www.w3.org/2000/svg\" width=\"{N(width)}\" height=\"{N(height)}\"" : "")
            .Append($" viewBox=\"0 0 {N(width)} {N(height)}\" role=\"img\" aria-label=\"{Html(figure.Title)}\">")
            .Append($"<rect width=\"{N(width)}\" height=\"{N(height)}\" fill=\"#fff\"/>");
        LatentFigureDrawing.Draw(figure, canvas);
        return canvas._svg.Append("</svg>").ToString();
    }

    // Style attributes, not presentation attributes: those would give way to the page's style sheet.
    public void Text(double x, double y, double size, bool isBold, bool isCentred, string colour, string text) =>
        _svg.Append($"<text x=\"{N(x)}\" y=\"{N(y)}\" style=\"font:{(isBold ? "600 " : "")}{N(size)}px system-ui,'DejaVu Sans',sans-serif;fill:{colour};white-space:pre\"{(isCentred ? " text-anchor=\"middle\"" : "")}>{Html(text)}</text>");

    public void Frame(double x, double y, double width, double height) =>
        _svg.Append($"<rect x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(width)}\" height=\"{N(height)}\" fill=\"none\" stroke=\"#c5ccd3\"/>");

    /// <summary>Dots of a line with round ends: a tenth of the bytes of circle elements.</summary>
    public void Circles(IEnumerable<(double X, double Y)> at, double radius, string colour) =>
        Path(at.Select(p => $"M{N(p.X)} {N(p.Y)}h.01"), 2 * radius, colour);

    public void Crosses(IEnumerable<(double X, double Y)> at, double radius, string colour)
    {
        var arm = N(2 * radius);
        Path(at.Select(p => $"M{N(p.X - radius)} {N(p.Y - radius)}l{arm} {arm}m0 -{arm}l-{arm} {arm}"), 0.45 * radius, colour);
    }

    private void Path(IEnumerable<string> parts, double width, string colour) =>
        _svg.Append("<path d=\"").AppendJoin("", parts).Append($"\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{N(width)}\" stroke-linecap=\"round\"/>\n");

    private static string N(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    private static string Html(string text) => WebUtility.HtmlEncode(text);
}
