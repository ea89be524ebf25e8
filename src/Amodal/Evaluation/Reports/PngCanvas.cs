using SkiaSharp;

namespace Amodal.Evaluation.Reports;

/// <summary>Draws PNG on white paper.</summary>
internal sealed class PngCanvas : ICanvas, IDisposable
{
    private const int Scale = 2; // pixels to a point, so that text stays sharp in print

    private readonly SKCanvas _canvas;
    private readonly SKTypeface _normal = SKTypeface.FromFamilyName(FontName, SKFontStyle.Normal);
    private readonly SKTypeface _bold = SKTypeface.FromFamilyName(FontName, SKFontStyle.Bold);

    private PngCanvas(SKCanvas canvas) => _canvas = canvas;

    /// <summary>Whether the machine has a font to draw text with; a plain Debian has none.</summary>
    public static bool HasFont => InstalledFonts().Any();

    /// <summary>The first of the usual fonts that the machine has; null takes its own.</summary>
    private static string? FontName
    {
        get
        {
            var installed = InstalledFonts().ToHashSet();
            return new[] { "Inter", "Noto Sans", "Open Sans", "Segoe UI", "Helvetica", "Arial", "Liberation Sans", "DejaVu Sans" }.FirstOrDefault(installed.Contains);
        }
    }

    /// <summary>The bytes of a picture.</summary>
    public static byte[] File(double width, double height, Action<ICanvas> draw)
    {
        using var surface = SKSurface.Create(new SKImageInfo((int)Math.Ceiling(width * Scale), (int)Math.Ceiling(height * Scale)));
        surface.Canvas.Clear(SKColors.White);
        surface.Canvas.Scale(Scale);
        using var canvas = new PngCanvas(surface.Canvas);
        draw(canvas);
        using var image = surface.Snapshot();
        using var bytes = image.Encode(SKEncodedImageFormat.Png, 100);
        return bytes.ToArray();
    }

    public void Text(double x, double y, string text, double size, Ink ink, bool isBold = false, Anchor anchor = Anchor.Start, bool isUpward = false)
    {
        using var font = new SKFont(isBold ? _bold : _normal, (float)size);
        using var paint = Filling(ink);
        _canvas.Save();
        _canvas.Translate((float)x, (float)y);
        _canvas.RotateDegrees(isUpward ? -90 : 0);
        _canvas.DrawText(text, 0, 0, anchor switch { Anchor.Start => SKTextAlign.Left, Anchor.Middle => SKTextAlign.Center, _ => SKTextAlign.Right }, font, paint);
        _canvas.Restore();
    }

    public void Box(double x, double y, double width, double height, Ink ink, bool isFilled = true)
    {
        using var paint = isFilled ? Filling(ink) : Stroke(ink, 1);
        _canvas.DrawRect((float)x, (float)y, (float)width, (float)height, paint);
    }

    public void Shape(IEnumerable<(double X, double Y)> corners, Ink ink)
    {
        using var path = Through(corners, isClosed: true);
        using var paint = Filling(ink);
        _canvas.DrawPath(path, paint);
    }

    public void Line(IEnumerable<(double X, double Y)> points, Ink ink, double width, bool isDashed = false)
    {
        using var path = Through(points, isClosed: false);
        using var dash = isDashed ? SKPathEffect.CreateDash([6, 4], 0) : null;
        using var paint = Stroke(ink, width);
        paint.PathEffect = dash;
        paint.StrokeCap = SKStrokeCap.Butt;
        _canvas.DrawPath(path, paint);
    }

    public void Circles(IEnumerable<(double X, double Y)> at, double radius, Ink ink)
    {
        using var paint = Filling(ink);
        foreach (var (x, y) in at)
        {
            _canvas.DrawCircle((float)x, (float)y, (float)radius, paint);
        }
    }

    public void Crosses(IEnumerable<(double X, double Y)> at, double radius, Ink ink)
    {
        using var paint = Stroke(ink, 0.45 * radius);
        var arm = (float)radius;
        foreach (var (x, y) in at)
        {
            _canvas.DrawLine((float)x - arm, (float)y - arm, (float)x + arm, (float)y + arm, paint);
            _canvas.DrawLine((float)x - arm, (float)y + arm, (float)x + arm, (float)y - arm, paint);
        }
    }

    public void Dispose()
    {
        _normal.Dispose();
        _bold.Dispose();
    }

    private static SKPath Through(IEnumerable<(double X, double Y)> points, bool isClosed)
    {
        var path = new SKPath();
        path.AddPoly([.. points.Select(p => new SKPoint((float)p.X, (float)p.Y))], isClosed);
        return path;
    }

    private static SKPaint Filling(Ink ink) => new() { Color = SKColor.Parse(ink.Hex).WithAlpha((byte)Math.Round(255 * ink.Opacity)), IsAntialias = true };

    private static SKPaint Stroke(Ink ink, double width)
    {
        var paint = Filling(ink);
        (paint.Style, paint.StrokeWidth, paint.StrokeCap) = (SKPaintStyle.Stroke, (float)width, SKStrokeCap.Round);
        return paint;
    }

    /// <summary>Where there is none, the manager still names one family, "".</summary>
    private static IEnumerable<string> InstalledFonts() => SKFontManager.Default.FontFamilies.Where(f => f.Length > 0);
}
