using System.Globalization;
using Amodal.Files;
using CsvHelper;

namespace Amodal.Training;

/// <summary>Predictions as CSV: id, observed, prediction, and the deviation where there were several samples.</summary>
public static class PredictionFile
{
    /// <summary>Writes the file, whole or not at all.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<UtterancePrediction> predictions, bool withDeviation) => AtomicFile.Write(path, stream =>
    {
        using var csv = new CsvWriter(new StreamWriter(stream, leaveOpen: true), CultureInfo.InvariantCulture);
        string[] header = ["id", "observed", "prediction", .. withDeviation ? ["deviation"] : Array.Empty<string>()];
        foreach (var name in header)
        {
            csv.WriteField(name);
        }

        csv.NextRecord();
        foreach (var p in predictions)
        {
            csv.WriteField(p.Id);
            csv.WriteField(p.Observed);
            csv.WriteField(p.Prediction);
            if (withDeviation)
            {
                csv.WriteField(p.Deviation);
            }

            csv.NextRecord();
        }
    });
}
