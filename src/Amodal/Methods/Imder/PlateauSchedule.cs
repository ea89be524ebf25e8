namespace Amodal.Methods.Imder;

/// <summary>torch's ReduceLROnPlateau with factor 0.5 as a function of the losses so far, so that a resumed run needs no state.</summary>
internal static class PlateauSchedule
{
    private const double Factor = 0.5;
    private const double Threshold = 1e-4; // a loss counts as lower from this share on

    /// <summary>The learning rate's factor after these validation losses.</summary>
    public static double FactorAfter(IEnumerable<double> losses, int patience)
    {
        var (factor, best, bad) = (1.0, double.PositiveInfinity, 0);
        foreach (var loss in losses)
        {
            (best, bad) = loss < best * (1 - Threshold) ? (loss, 0) : (best, bad + 1);
            if (bad > patience)
            {
                (factor, bad) = (factor * Factor, 0);
            }
        }

        return factor;
    }
}
