using Amodal.Evaluation.Embedding;
using SkiaSharp;

namespace Amodal.Evaluation.Reports;

/// <summary>A latent figure as PNG.</summary>
internal sealed class LatentFigurePng : IFigureCanvas
{
    private const int Scale = 2; // pixels to a point, so that text stays sharp in print
    private readonly SKCanvas _canvas;

    private LatentFigurePng(SKCanvas canvas) => _canvas = canvas;

    /// <summary>The picture's bytes.</summary>
    public static byte[] Render(LatentFigure figure)
    {
        var (width, height) = LatentFigureDrawing.Size(figure);
        using var surface = SKSurface.Create(new SKImageInfo((int)Math.Ceiling(width * Scale), (int)Math.Ceiling(height * Scale)));
        surface.Canvas.Clear(SKColors.White);
        surface.Canvas.Scale(Scale);
        LatentFigureDrawing.Draw(figure, new LatentFigurePng(surface.Canvas));
        using var image = surface.Snapshot();
        using var bytes = image.Encode(SKEncodedImageFormat.Png, 100);
        return bytes.ToArray();
    }

    public void Text(double x, double y, double size, bool isBold, bool isCentred, string colour, string text)
    {
        using var typeface = SKTypeface.FromFamilyName(PngChart.FontName, isBold ? SKFontStyle.Bold : SKFontStyle.Normal);
        using var font = new SKFont(typeface, (float)size);
        using var paint = Paint(colour, 0);
        _canvas.DrawText(text, (float)x, (float)y, isCentred ? SKTextAlign.Center : SKTextAlign.Left, font, paint);
    }

    public void Frame(double x, double y, double width, double height)
    {
        using var paint = Paint("#c5ccd3", 1);
        _canvas.DrawRect((float)x, (float)y, (float)width, (float)height, paint);
    }

    public void Circles(IEnumerable<(double X, double Y)> at, double radius, string colour)
    {
        using var paint = Paint(colour, 0);
        foreach (var (x, y) in at)
        {
            _canvas.DrawCircle((float)x, (float)y, (float)radius, paint);
        }
    }

    public void Crosses(IEnumerable<(double X, double Y)> at, double radius, string colour)
    {
        using var paint = Paint(colour, 0.45 * radius);
        var arm = (float)radius;
        foreach (var (x, y) in at)
        {
            _canvas.DrawLine((float)x - arm, (float)y - arm, (float)x + arm, (float)y + arm, paint);
            _canvas.DrawLine((float)x - arm, (float)y + arm, (float)x + arm, (float)y - arm, paint);
        }
    }

    /// <summary>A line of some width, or a filling.</summary>
    private static SKPaint Paint(string colour, double width) => new()
    {
        Color = SKColor.Parse(colour),
        IsAntialias = true,
        Style = width > 0 ? SKPaintStyle.Stroke : SKPaintStyle.Fill,
        StrokeWidth = (float)width,
        StrokeCap = SKStrokeCap.Round,
    };
}
