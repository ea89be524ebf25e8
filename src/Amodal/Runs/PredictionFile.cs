using System.Globalization;
using Amodal.Files;
using Amodal.Methods;
using CsvHelper;

namespace Amodal.Runs;

/// <summary>Predictions as CSV: id, observed, prediction, the deviation where there were several samples, and the label where the data has one; texts as <see cref="CsvCell"/> writes them.</summary>
public static class PredictionFile
{
    /// <summary>Writes the file, whole or not at all.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<UtterancePrediction> predictions, bool withDeviation) => AtomicFile.Write(path, stream =>
    {
        var withLabel = predictions.Any(p => p.Label is not null);
        using var csv = CsvWriter.Create(stream, CsvWriterOptions.Default, leaveOpen: true);
        csv.WriteHeader(Record("id", "observed", "prediction", "deviation", "label"));
        foreach (var p in predictions)
        {
            csv.WriteRecord(Record(CsvCell.Of(p.Id), CsvCell.Of(p.Observed), Text(p.Prediction), Text(p.Deviation), p.Label?.ToString("R", CultureInfo.InvariantCulture) ?? ""));
        }

        string[] Record(string id, string observed, string prediction, string deviation, string label) =>
            [id, observed, prediction, .. withDeviation ? [deviation] : Array.Empty<string>(), .. withLabel ? [label] : Array.Empty<string>()];
    });

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
