namespace Amodal.Cli.Commands;

/// <summary>amodal predict.</summary>
internal static class PredictCommand
{
    public static Command Create(Terminal terminal, CancellationToken stop)
    {
        var use = new RunUseOptions();
        var samples = new Option<int>("--samples") { Description = "Recoveries per utterance; with more than 1 their standard deviation is given too, of a method that draws samples.", DefaultValueFactory = _ => 1 };
        var masks = new Option<string>("--masks") { Description = "Mask file (amodal data masks): what each utterance lacks, instead of --missing." };
        var level = new Option<string?>("--level") { Description = "How often the label is to lie between the columns lower and upper, of a method that gives intervals: 0.01 to 0.99 in hundredths; 0.90 unless given." };
        var abstain = new Option<double?>("--abstain") { Description = "Leaves the prediction empty where the interval is wider than this (of classes: where more of them are left), and adds the column abstained." };
        var missingRate = MissingRateOption.Create("instead of --missing; the masks that amodal data masks draws with seed 1");
        var command = new Command("predict", "Predicts every utterance of a split while modalities are missing." + Examples.Of(
            "amodal predict runs/mosi --data mosi.pkl --missing acoustic,vision --samples 8 -o predictions.csv"));
        use.AddTo(command);
        command.Options.Add(samples);
        command.Options.Add(masks);
        command.Options.Add(missingRate);
        command.Options.Add(level);
        command.Options.Add(abstain);
        command.SetAction(parsed =>
        {
            var count = parsed.GetValue(samples) is >= 1 and <= 10_000 and var k ? k : throw new InputException("--samples", null, $"is {parsed.GetValue(samples)}; give 1 to 10000.");
            var percent = Percent(parsed.GetValue(level));
            var most = parsed.GetValue(abstain) is not { } width || width >= 0 ? parsed.GetValue(abstain) : throw new InputException("--abstain", null, $"is {width}; give the widest interval that is still to be answered.");
            using var session = use.Open(terminal, parsed, stop);
            var observed = session.Observed(parsed.GetValue(use.Missing), parsed.GetValue(masks), parsed.GetValue(missingRate));
            terminal.Notes(session.Notes(observed));
            var predictions = terminal.WithProgress(bars =>
            {
                var plain = session.Predict(observed, count, done => bars.Show("predict", done), stop);
                return session.HasIntervals || percent is not null || most is not null ? session.WithIntervals(plain, observed, percent ?? 90, stop) : plain;
            });
            PredictionFile.Write(parsed.GetValue(use.Out)!, predictions, withDeviation: count > 1, abstainBeyond: most);
            if (parsed.GetValue(use.Json))
            {
                terminal.Json(new { predictions = most is null ? predictions : [.. predictions.Where(p => !(p.Width > most))] });
            }
            else
            {
                terminal.Message($"{predictions.Count} predictions are in {parsed.GetValue(use.Out)}.");
            }
        });
        return command;
    }

    private static int? Percent(string? level) => level is null ? null
        : decimal.TryParse(level, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share) && share is >= 0.01m and <= 0.99m && share * 100 == Math.Floor(share * 100)
            ? (int)(share * 100) : throw new InputException("--level", null, $"is {level}; give 0.01 to 0.99 in hundredths.");
}
