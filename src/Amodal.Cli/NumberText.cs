namespace Amodal.Cli;

/// <summary>Numbers in tables; what is not there is a dash.</summary>
internal static class NumberText
{
    public static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";

    public static string Spread(Quartiles? quartiles, double scale, string format) => quartiles is null
        ? "-" : $"{Number(scale * quartiles.Low, format)} to {Number(scale * quartiles.High, format)}";

    public static double Mebibytes(long bytes) => bytes / (1024.0 * 1024);
}
