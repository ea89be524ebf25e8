namespace Amodal.Evaluation.Reports;

/// <summary>What a latent figure is drawn on: SVG or PNG.</summary>
internal interface IFigureCanvas
{
    /// <summary>A line of text; x is its left end, or its middle.</summary>
    void Text(double x, double y, double size, bool isBold, bool isCentred, string colour, string text);

    /// <summary>An empty box.</summary>
    void Frame(double x, double y, double width, double height);

    /// <summary>Filled circles.</summary>
    void Circles(IEnumerable<(double X, double Y)> at, double radius, string colour);

    /// <summary>Diagonal crosses.</summary>
    void Crosses(IEnumerable<(double X, double Y)> at, double radius, string colour);
}
