namespace Amodal.Evaluation.Reports;

/// <summary>What pictures are drawn on: SVG, in a page or as a file, or PNG. Lengths are points, y grows downwards.</summary>
internal interface ICanvas
{
    /// <summary>A line of text on its base line.</summary>
    /// <param name="x">Its left end, its middle or its right end.</param>
    /// <param name="isUpward">Whether it runs from below upwards.</param>
    void Text(double x, double y, string text, double size, Ink ink, bool isBold = false, Anchor anchor = Anchor.Start, bool isUpward = false);

    /// <summary>A box, filled or empty.</summary>
    void Box(double x, double y, double width, double height, Ink ink, bool isFilled = true);

    /// <summary>A filled shape.</summary>
    void Shape(IEnumerable<(double X, double Y)> corners, Ink ink);

    void Line(IEnumerable<(double X, double Y)> points, Ink ink, double width, bool isDashed = false);

    /// <summary>Filled circles.</summary>
    void Circles(IEnumerable<(double X, double Y)> at, double radius, Ink ink);

    /// <summary>Diagonal crosses.</summary>
    void Crosses(IEnumerable<(double X, double Y)> at, double radius, Ink ink);

    /// <summary>Draws what has a text that is shown when it is pointed at, where that is possible.</summary>
    void Titled(string title, Action draw) => draw();
}

/// <summary>Where text hangs.</summary>
internal enum Anchor
{
    Start,
    Middle,
    End,
}

/// <summary>A colour.</summary>
/// <param name="Variable">The variable of the page's style sheet that has it, or its like in the dark; null where it is always the same.</param>
/// <param name="Opacity">Above 0, to 1.</param>
internal readonly record struct Ink(string Hex, string? Variable = null, double Opacity = 1);
