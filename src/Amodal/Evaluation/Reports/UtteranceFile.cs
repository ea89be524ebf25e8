namespace Amodal.Evaluation.Reports;

/// <summary>The utterances of a report as CSV.</summary>
internal static class UtteranceFile
{
    /// <summary>Writes id, truth and predictions, and what was said where the data hold it.</summary>
    public static void Write(Stream stream, ReportData data)
    {
        var modalities = Modalities(data);
        var hasSpread = data.Utterances.Any(u => u.Spread is not null);
        var hasText = data.Utterances.Any(u => u.Transcript is not null);
        using var csv = CsvText.Create(stream);
        CsvText.WriteTexts(csv, (string[])
            ["id", "truth", "complete", "incomplete_mean", "incomplete_low", "incomplete_high", .. modalities.Select(m => $"without {m}"), .. hasSpread ? ["spread"] : Array.Empty<string>(), .. hasText ? ["transcript"] : Array.Empty<string>()]);
        csv.EndRecord();
        foreach (var u in data.Utterances)
        {
            CsvText.WriteTexts(csv, u.Id);
            foreach (var number in (double[])[u.Truth, u.Complete, u.Incomplete, u.Low, u.High, .. u.Without.Take(modalities.Count)])
            {
                CsvText.WriteNumber(csv, number);
            }

            if (hasSpread)
            {
                CsvText.WriteNumber(csv, u.Spread);
            }

            if (hasText)
            {
                CsvText.WriteTexts(csv, u.Transcript ?? "");
            }

            csv.EndRecord();
        }
    }

    /// <summary>The modalities whose loss the utterances know, in the order of the data set.</summary>
    public static IReadOnlyList<string> Modalities(ReportData data) =>
        [.. data.Effects.Where(e => e.Kind == ModalityEffect.Lost).Select(e => e.Modality).Distinct().Take(data.Utterances.Select(u => u.Without.Count).FirstOrDefault())];
}
