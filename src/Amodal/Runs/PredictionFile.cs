using CsvHelper;

namespace Amodal.Runs;

/// <summary>Predictions as CSV: id, observed, prediction, the probabilities of classes, the deviation where there were several samples, the label where the data has one, and the interval where the method gives one; texts as <see cref="CsvCell"/> writes them.</summary>
public static class PredictionFile
{
    /// <summary>Writes the file, whole or not at all.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="predictions">A row each.</param>
    /// <param name="withDeviation">Whether deviations are written, of predictions that have one.</param>
    /// <param name="abstainBeyond">Rows whose interval is wider are left without a prediction, and a column says so; null for none.</param>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<UtterancePrediction> predictions, bool withDeviation, double? abstainBeyond = null) => AtomicFile.Write(path, stream =>
    {
        var withLabel = predictions.Any(p => p.Labels is not null);
        using var csv = CsvWriter.Create(stream, CsvWriterOptions.Default, leaveOpen: true);
        foreach (var (row, p) in predictions.Index())
        {
            var cells = p.Target.Cells(p.Values, withDeviation && p.Deviations.Count > 0 ? p.Deviations : null, withLabel ? p.Labels ?? [.. Enumerable.Repeat(float.NaN, p.Target.Labels)] : null);
            if (abstainBeyond is { } most)
            {
                var abstains = p.Width > most;
                cells = [.. cells.Select(c => abstains && !c.Column.EndsWith("label", StringComparison.Ordinal) ? (c.Column, "") : c), ("abstained", abstains ? "yes" : "no")];
            }

            cells = [.. cells, .. p.Intervals];
            if (row == 0)
            {
                csv.WriteHeader(["id", "observed", .. cells.Select(c => CsvCell.Of(c.Column))]);
            }

            csv.WriteRecord([CsvCell.Of(p.Id), CsvCell.Of(p.Observed), .. cells.Select(c => double.TryParse(c.Cell, CultureInfo.InvariantCulture, out _) ? c.Cell : CsvCell.Of(c.Cell))]);
        }
    });
}
