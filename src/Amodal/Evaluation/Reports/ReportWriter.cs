using Amodal.Files;

namespace Amodal.Evaluation.Reports;

/// <summary>Writes a report: one page that needs nothing else, and its pictures as files for use elsewhere.</summary>
public static class ReportWriter
{
    /// <summary>The page's file name.</summary>
    public const string FileName = "report.html";

    /// <summary>Writes report.html and the picture files, latent figures as SVG too; all of them, in place of old ones, or none.</summary>
    /// <param name="directory">Where to; it is made if it is not there.</param>
    /// <param name="data">What to show.</param>
    /// <returns>The paths of the files written, the page first.</returns>
    /// <exception cref="InputException">A file cannot be written.</exception>
    public static IReadOnlyList<string> Write(string directory, ReportData data)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        ArgumentNullException.ThrowIfNull(data);
        IReadOnlyList<string> files = [];
        AtomicFolder.Write(directory, made => files = WriteFiles(made, data));
        return [.. files.Select(file => Path.Combine(directory, Path.GetFileName(file)))];
    }

    private static List<string> WriteFiles(string directory, ReportData data)
    {
        var pictures = new List<string>();
        Chart?[] charts = [ChartBuilder.ByPattern(data), ChartBuilder.ByMissingRate(data), ChartBuilder.ByNfe(data), .. ChartBuilder.LearningCurves(data)];
        foreach (var chart in charts.OfType<Chart>())
        {
            var path = Path.Combine(directory, chart.Name + ".png");
            var bytes = PngChart.Render(chart);
            AtomicFile.Write(path, stream => stream.Write(bytes));
            pictures.Add(path);
        }

        foreach (var figure in data.LatentFigures)
        {
            var path = Path.Combine(directory, figure.Name);
            var bytes = LatentFigurePng.Render(figure);
            AtomicFile.Write(path + ".png", stream => stream.Write(bytes));
            AtomicFile.WriteText(path + ".svg", LatentFigureSvg.Render(figure, isFile: true) + "\n");
            pictures.AddRange([path + ".png", path + ".svg"]);
        }

        if (!PngChart.HasFont && pictures.Count > 0)
        {
            data = data with
            {
                Notes = [.. data.Notes, "The PNG files carry no text, because the machine that drew them has no fonts "
                    + "(on Debian: apt-get install fonts-dejavu-core). The pictures on this page are not concerned."],
            };
        }

        var page = Path.Combine(directory, FileName);
        AtomicFile.WriteText(page, ReportPage.Render(data));
        return [page, .. pictures];
    }
}
