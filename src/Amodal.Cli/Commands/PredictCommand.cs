namespace Amodal.Cli.Commands;

/// <summary>amodal predict.</summary>
internal static class PredictCommand
{
    public static Command Create(Terminal terminal, CancellationToken stop)
    {
        var use = new RunUseOptions();
        var samples = new Option<int>("--samples") { Description = "Recoveries per utterance; with more than 1 the standard deviation is given too.", DefaultValueFactory = _ => 1 };
        var masks = new Option<string>("--masks") { Description = "Mask file (amodal data masks): what each utterance lacks, instead of --missing." };
        var missingRate = MissingRateOption.Create("instead of --missing; the masks that amodal data masks draws with seed 1");
        var command = new Command("predict", "Predicts every utterance of a split while modalities are missing." + Examples.Of(
            "amodal predict runs/mosi --data mosi.pkl --missing acoustic,vision --samples 8 -o predictions.csv"));
        use.AddTo(command);
        command.Options.Add(samples);
        command.Options.Add(masks);
        command.Options.Add(missingRate);
        command.SetAction(parsed =>
        {
            var count = parsed.GetValue(samples) is >= 1 and <= 10_000 and var k ? k : throw new InputException("--samples", null, $"is {parsed.GetValue(samples)}; give 1 to 10000.");
            using var session = use.Open(terminal, parsed, stop);
            var observed = session.Observed(parsed.GetValue(use.Missing), parsed.GetValue(masks), parsed.GetValue(missingRate));
            terminal.Notes(session.Notes(observed));
            var predictions = terminal.WithProgress(bars =>
            {
                return session.Predict(observed, count, done => bars.Show("predict", done), stop);
            });
            PredictionFile.Write(parsed.GetValue(use.Out)!, predictions, withDeviation: count > 1);
            if (parsed.GetValue(use.Json))
            {
                terminal.Json(new { predictions });
            }
            else
            {
                terminal.Message($"{predictions.Count} predictions are in {parsed.GetValue(use.Out)}.");
            }
        });
        return command;
    }
}
