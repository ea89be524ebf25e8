namespace Amodal.Evaluation.Reports;

/// <summary>Writes a report: one page that needs nothing else, and its pictures and tables as files for use elsewhere.</summary>
internal static class ReportWriter
{
    /// <summary>The page's file name.</summary>
    public const string FileName = "report.html";

    /// <summary>The name of the files of tables, without extension.</summary>
    public const string TablesName = "tables";

    /// <summary>The name of the file of utterances.</summary>
    public const string UtterancesName = "utterances.csv";

    /// <summary>Writes report.html, the pictures (latent figures as SVG too), the tables as Markdown, LaTeX and CSV, and a CSV of utterances; each replaces an old one whole or not at all, the page last.</summary>
    /// <param name="directory">Where to; it is made if it is not there.</param>
    public static IReadOnlyList<string> Write(string directory, ReportData data)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        IReadOnlyList<string> files = [];
        AtomicFolder.Write(directory, made => files = WriteFiles(made, data));
        return [.. files.Select(file => Path.Combine(directory, Path.GetFileName(file)))];
    }

    /// <summary>
    /// Writes results, and the report on them beside. Where the report cannot be made the results are kept: in the folder without a page,
    /// or, where an older report is there or the folder cannot be written, in one beside it, so that no page stands with the results of another.
    /// </summary>
    /// <param name="directory">Where to; it is made if it is not there.</param>
    /// <param name="writeResults">Writes the files of the results into the folder that it is given.</param>
    /// <returns>Why there is no report, and where the results are, for the caller to throw when its work is done: an
    /// <see cref="InputException"/> where files cannot be written, else another; null where there is a report.</returns>
    public static Exception? WriteWithResults(string directory, Action<string> writeResults, Func<ReportData> report)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        Exception? failure = null;
        var (place, made) = (directory, "");
        try
        {
            AtomicFolder.Write(directory, folder =>
            {
                made = folder;
                writeResults(folder);
                try
                {
                    Write(folder, report());
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    failure = e;
                    if (File.Exists(Path.Combine(directory, FileName)))
                    {
                        throw;
                    }
                }
            });
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            failure ??= e;
            place = Path.TrimEndingDirectorySeparator(directory) + "-unfinished";
            try
            {
                AtomicFolder.Write(place, writeResults);
            }
            catch (InputException) when (failure is InputException)
            {
                throw e; // the folder that was asked for is the one to be named
            }
        }

        return failure is null ? null : Lacking(Path.Combine(directory, FileName), $"{Reason(failure, made, directory)} The results are whole, in {place}.", failure);
    }

    private static Exception Lacking(string page, string why, Exception failure) => failure is InputException
        ? new InputException(page, null, $"is not written: {why}", failure)
        : new InvalidOperationException($"{page} is not written: {why}", failure);

    private static string Reason(Exception failure, string made, string directory)
    {
        var line = failure.Message.Split('\n')[0].TrimEnd('.');
        return (made.Length > 0 ? line.Replace(made, directory, StringComparison.Ordinal) : line) + ".";
    }

    private static List<string> WriteFiles(string directory, ReportData data)
    {
        var pictures = new List<string>();
        Chart?[] charts = [ChartBuilder.ByObservedSet(data), ChartBuilder.ByMissingRate(data), ChartBuilder.ByNfe(data), .. UtteranceCharts.Of(data), .. ChartBuilder.LearningCurves(data), .. data.Charts];
        foreach (var chart in charts.OfType<Chart>())
        {
            var path = Path.Combine(directory, chart.Name + ".png");
            var bytes = ChartDrawing.Png(chart);
            AtomicFile.Write(path, stream => stream.Write(bytes));
            pictures.Add(path);
        }

        foreach (var figure in data.LatentFigures)
        {
            Both(figure.Name, LatentFigureDrawing.Png(figure), LatentFigureDrawing.Svg(figure));
        }

        if (data.Ranking is { } ranking)
        {
            Both(RankingDrawing.FileName, RankingDrawing.Png(ranking), RankingDrawing.Svg(ranking));
        }

        var tables = ResultTables.Of(data);
        IReadOnlyList<string> files = [.. tables.Count > 0 ? TableFile.WriteAll(directory, TablesName, tables) : [], .. Utterances(directory, data)];
        if (!PngCanvas.HasFont && pictures.Count > 0)
        {
            data = data with
            {
                Notes = [.. data.Notes, "The PNG files carry no text, because the machine that drew them has no fonts "
                    + "(on Debian: apt-get install fonts-dejavu-core). The pictures on this page have text all the same."],
            };
        }

        var page = Path.Combine(directory, FileName);
        AtomicFile.WriteText(page, ReportPage.Render(data));
        return [page, .. pictures, .. files];

        void Both(string name, byte[] png, string svg)
        {
            var path = Path.Combine(directory, name);
            AtomicFile.Write(path + ".png", stream => stream.Write(png));
            AtomicFile.WriteText(path + ".svg", svg);
            pictures.AddRange([path + ".png", path + ".svg"]);
        }
    }

    private static IEnumerable<string> Utterances(string directory, ReportData data)
    {
        if (data.Utterances.Count == 0)
        {
            yield break;
        }

        var path = Path.Combine(directory, UtterancesName);
        AtomicFile.Write(path, stream => UtteranceFile.Write(stream, data));
        yield return path;
    }
}
