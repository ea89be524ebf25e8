namespace Amodal.Benchmarks;

/// <summary>The middle of several measurements and their spread.</summary>
/// <param name="Low">A quarter of the values lie below.</param>
/// <param name="Median">Half of them do.</param>
/// <param name="High">Three quarters of them do.</param>
public sealed record Quartiles(double Low, double Median, double High)
{
    /// <summary>Of values in any order, interpolated between neighbours; null without values.</summary>
    public static Quartiles? Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? null : new Quartiles(At(sorted, 0.25), At(sorted, 0.5), At(sorted, 0.75));
    }

    private static double At(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
