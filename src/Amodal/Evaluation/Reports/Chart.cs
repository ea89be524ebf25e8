namespace Amodal.Evaluation.Reports;

/// <summary>What a picture shows.</summary>
/// <param name="Name">Name of its files, without extension.</param>
/// <param name="Series">What is drawn; bars and marks in the order given.</param>
internal sealed record Chart(string Name, string Title, string XLabel, string YLabel, IReadOnlyList<Chart.Line> Series)
{
    /// <summary>Names along the horizontal axis, at 0, 1, ...; without them it is a number line.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Whether the horizontal axis is logarithmic.</summary>
    public bool IsLogX { get; init; }

    /// <summary>Whether it is half as wide as the page.</summary>
    public bool IsSmall { get; init; }

    /// <summary>One method, or one loss.</summary>
    /// <param name="Points">Ascending in X; those that are not finite, or have diverged, are left out.</param>
    public sealed record Line(string Name, Form Form, IReadOnlyList<Point> Points)
    {
        /// <summary>The number of its colour, or one of <see cref="MethodColours"/> for what is no method; null takes its place among the series.</summary>
        public int? Colour { get; init; }

        /// <summary>Whether a line is dashed; null dashes every second.</summary>
        public bool? IsDashed { get; init; }

        /// <summary>The points that can be drawn.</summary>
        public IEnumerable<Point> Finite => Points.Where(p => double.IsFinite(p.X) && Math.Abs(p.Y) < 1e30);
    }

    /// <summary>A value and its interval; without one Low and High are the value, or NaN.</summary>
    public readonly record struct Point(double X, double Y, double Low, double High)
    {
        /// <summary>Whether there is an interval to draw.</summary>
        public bool HasInterval => double.IsFinite(Low) && double.IsFinite(High) && High > Low;
    }

    /// <summary>How a series is drawn.</summary>
    public enum Form
    {
        /// <summary>A line with a mark at every point.</summary>
        Line,

        /// <summary>A bar at every category, beside those of other series.</summary>
        Bar,

        /// <summary>A short line across the bars: a value to be reached.</summary>
        Mark,

        /// <summary>A plain dashed line: values to be reached.</summary>
        Reference,

        /// <summary>Small dots, many.</summary>
        Dots,
    }

    /// <summary>Whether anything can be drawn.</summary>
    public bool IsEmpty => !Series.Any(s => s.Finite.Any());

    /// <summary>The horizontal position: the logarithm on a logarithmic axis.</summary>
    public double Position(double x) => IsLogX ? Math.Log10(x) : x;

    /// <summary>The range of all values, intervals included; bars begin at zero.</summary>
    public (double Low, double High) YRange()
    {
        var points = Series.SelectMany(s => s.Finite).ToList();
        var low = points.Min(p => p.HasInterval ? Math.Min(p.Low, p.Y) : p.Y);
        var high = points.Max(p => p.HasInterval ? Math.Max(p.High, p.Y) : p.Y);
        if (Series.Any(s => s.Form == Form.Bar))
        {
            (low, high) = (Math.Min(0, low), Math.Max(0, high));
        }

        var slack = Math.Max(1e-6, 1e-6 * Math.Max(Math.Abs(low), Math.Abs(high)));
        return high - low > slack ? (low, high) : (low - slack, high + slack);
    }

    /// <summary>
    /// What to name on the x axis: a few places, such as missing rates and NFEs, are named themselves, many, such as epochs
    /// and times, by round numbers among them.
    /// </summary>
    public IReadOnlyList<double> XTicks(int count)
    {
        const int Few = 8;
        var xs = Series.SelectMany(s => s.Finite).Select(p => p.X).Where(x => !IsLogX || x > 0).Distinct().Order().ToList();
        return xs.Count <= Few ? xs : [.. (IsLogX ? LogTicks(xs[0], xs[^1]) : Ticks(xs[0], xs[^1], count)).Where(t => t >= xs[0] && t <= xs[^1])];
    }

    /// <summary>1, 2 and 5 times the powers of ten about a range above 0.</summary>
    private static IEnumerable<double> LogTicks(double low, double high) =>
        from power in Enumerable.Range((int)Math.Floor(Math.Log10(low)), (int)Math.Ceiling(Math.Log10(high / low)) + 2)
        from digit in new[] { 1, 2, 5 }
        select digit * Math.Pow(10, power);

    /// <summary>Round numbers that enclose a range in about <paramref name="count"/> steps of 1, 2 or 5 times a power of ten.</summary>
    public static IReadOnlyList<double> Ticks(double low, double high, int count = 5)
    {
        var rough = (high - low) / count;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        var (first, last) = ((long)Math.Floor((low / step) + 1e-9), (long)Math.Ceiling((high / step) - 1e-9));
        return [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * step)];
    }
}
