namespace Amodal.Evaluation.Reports;

/// <summary>Lays a latent figure out: a grid of scatter plots, true latents as circles, recovered ones as crosses, the numbers below each.</summary>
internal static class LatentFigureDrawing
{
    private const int Columns = 4;
    private const double Side = 310; // of a panel's box
    private const double Gap = 18;
    private const double Margin = 20;
    private const double HeadLine = 30; // the panel's title
    private const double TextLine = 16;

    // White paper in a dark page, too: no colour is the page's.
    private static readonly Ink _ink = ReportStyle.Ink with { Variable = null };
    private static readonly Ink _soft = ReportStyle.Soft with { Variable = null };
    private static readonly Ink _frame = new("#c5ccd3");

    // Light circles under dark crosses of one hue; hues as in ReportStyle.
    private static readonly (string Truth, string Recovered)[] _colours =
    [
        ("#8ec1e8", "#0b4f8a"), ("#f7c98b", "#b4530a"), ("#93d5bf", "#00654b"), ("#e6bcd6", "#8a2f6b"), ("#cfcfcf", "#4a4a4a"),
    ];

    public static (double Width, double Height) Size(LatentFigure figure)
    {
        var rows = figure.Rows(Columns);
        var modalities = figure.Panels[0].Modalities.Count;
        return ((2 * Margin) + (rows.Max(r => r.Count) * (Side + Gap)) - Gap,
            LegendTop + (modalities * TextLine) + (rows.Count * RowHeight(modalities)) + Margin - Gap);
    }

    public static byte[] Png(LatentFigure figure)
    {
        var (width, height) = Size(figure);
        return PngCanvas.File(width, height, canvas => Draw(figure, canvas));
    }

    /// <summary>As a file of SVG.</summary>
    public static string Svg(LatentFigure figure)
    {
        var (width, height) = Size(figure);
        return SvgCanvas.File(width, height, figure.Title, canvas => Draw(figure, canvas));
    }

    /// <summary>As an element of a page.</summary>
    public static string Element(LatentFigure figure)
    {
        var (width, height) = Size(figure);
        return SvgCanvas.Element(width, height, figure.Title, canvas =>
        {
            canvas.Box(0, 0, width, height, new Ink("#ffffff"));
            Draw(figure, canvas);
        });
    }

    private static void Draw(LatentFigure figure, ICanvas canvas)
    {
        canvas.Text(Margin, Margin + 14, figure.Title, 17, _ink, isBold: true);
        var modalities = figure.Panels[0].Modalities;
        for (var m = 0; m < modalities.Count; m++)
        {
            Legend(canvas, LegendTop + (m * TextLine), m, modalities[m].Name);
        }

        var top = LegendTop + (modalities.Count * TextLine);
        foreach (var row in figure.Rows(Columns))
        {
            for (var column = 0; column < row.Count; column++)
            {
                Panel(canvas, row[column], Margin + (column * (Side + Gap)), top);
            }

            top += RowHeight(modalities.Count);
        }
    }

    private static double LegendTop => Margin + 36;

    private static double RowHeight(int modalities) => HeadLine + Side + 6 + (modalities * TextLine) + Gap;

    private static void Legend(ICanvas canvas, double y, int modality, string name)
    {
        var (truth, recovered) = Colours(modality);
        canvas.Circles([(Margin + 5, y - 4)], 4, truth);
        canvas.Text(Margin + 15, y, "true", 13, _soft);
        canvas.Crosses([(Margin + 58, y - 4)], 3.5, recovered);
        canvas.Text(Margin + 68, y, "recovered", 13, _soft);
        canvas.Text(Margin + 140, y, Cut(name, 20), 13, recovered, isBold: true);
    }

    private static void Panel(ICanvas canvas, LatentPanel panel, double left, double top)
    {
        canvas.Text(left + (Side / 2), top + 20, Cut(panel.Label, 38), 14, _ink, isBold: true, anchor: Anchor.Middle);
        top += HeadLine;
        canvas.Box(left, top, Side, Side, _frame, isFilled: false);
        var place = Scale(panel, left, top);
        var radius = panel.Modalities.Sum(m => m.Truth.X.Count) > 400 ? 2.2 : 3;
        for (var m = 0; m < panel.Modalities.Count; m++)
        {
            canvas.Circles(panel.Modalities[m].Truth.X.Zip(panel.Modalities[m].Truth.Y, place), radius, Colours(m).Truth);
        }

        for (var m = 0; m < panel.Modalities.Count; m++)
        {
            canvas.Crosses(panel.Modalities[m].Recovered.X.Zip(panel.Modalities[m].Recovered.Y, place), 0.85 * radius, Colours(m).Recovered);
            Numbers(canvas, left, top + Side + 4 + ((m + 1) * TextLine), Colours(m).Recovered, panel.Modalities[m]);
        }
    }

    /// <summary>A line of numbers, in columns that panels and modalities share.</summary>
    private static void Numbers(ICanvas canvas, double left, double y, Ink colour, PanelModality modality)
    {
        var d = modality.Distances;
        (double At, string Text)[] cells =
        [
            (0, Cut(modality.Name, 10)), (74, $"SW {Number(d.SlicedWasserstein)}"), (126, $"MMD² {Number(d.Mmd, "0.000")}"), (202, $"kNN {Number(d.NeighbourOverlap)}"), (261, $"mix {Number(d.NeighbourMixing)}"),
        ];
        foreach (var (at, text) in cells)
        {
            canvas.Text(left + at, y, text, 11, colour, isBold: at == 0);
        }
    }

    /// <summary>To a panel's box: the same scale both ways, the points' middle in its middle.</summary>
    private static Func<float, float, (double X, double Y)> Scale(LatentPanel panel, double left, double top)
    {
        var (lowX, highX) = Range(panel, p => p.X);
        var (lowY, highY) = Range(panel, p => p.Y);
        var scale = (Side - 16) / Math.Max(1e-9, Math.Max(highX - lowX, highY - lowY));
        return (x, y) => (left + (Side / 2) + (scale * (x - ((lowX + highX) / 2))), top + (Side / 2) - (scale * (y - ((lowY + highY) / 2))));
    }

    private static (double Low, double High) Range(LatentPanel panel, Func<PlanePoints, IReadOnlyList<float>> axis)
    {
        var all = panel.Modalities.SelectMany(m => axis(m.Truth).Concat(axis(m.Recovered))).ToList();
        return (all.Min(), all.Max());
    }

    private static (Ink Truth, Ink Recovered) Colours(int modality)
    {
        var (truth, recovered) = _colours[modality % _colours.Length];
        return (new Ink(truth), new Ink(recovered));
    }

    private static string Number(double value, string format = "0.00") => double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture) : "n/a";

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..(length - 1)] + "…";
}
