using System.Globalization;
using Amodal.Files;
using CsvHelper;

namespace Amodal.Training;

/// <summary>Predictions as CSV: id, observed, prediction, and the deviation where there were several samples; texts as <see cref="CsvCell"/> writes them.</summary>
public static class PredictionFile
{
    /// <summary>Writes the file, whole or not at all.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<UtterancePrediction> predictions, bool withDeviation) => AtomicFile.Write(path, stream =>
    {
        using var csv = CsvWriter.Create(stream, CsvWriterOptions.Default, leaveOpen: true);
        csv.WriteHeader(Record("id", "observed", "prediction", "deviation"));
        foreach (var p in predictions)
        {
            csv.WriteRecord(Record(CsvCell.Of(p.Id), CsvCell.Of(p.Observed), Text(p.Prediction), Text(p.Deviation)));
        }

        ReadOnlySpan<string> Record(params string[] fields) => fields.AsSpan(0, withDeviation ? 4 : 3);
    });

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
