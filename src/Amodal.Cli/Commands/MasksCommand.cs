using System.CommandLine;
using Amodal.Data.Inspection;
using Amodal.Missingness;

namespace Amodal.Cli.Commands;

/// <summary>amodal masks.</summary>
internal static class MasksCommand
{
    public static Command Create(Terminal terminal, CancellationToken stop)
    {
        var data = SharedOptions.Data();
        var rate = new Option<double?>("--mr") { Description = "Missing rate over all modalities, 0 to (M - 1) / M for M of them." };
        var missingRate = MissingRateOption.Create("instead of --mr");
        var seed = SharedOptions.Seed("Seed of the draw.", unlessGiven: 1);
        var split = new Option<string>("--split") { Description = "Split to draw for.", DefaultValueFactory = _ => "test" };
        var output = new Option<string>("--out") { Description = "CSV file to write: id, and a 0/1 column per modality.", Required = true };
        var json = SharedOptions.Json();
        var command = new Command("masks", "Writes the exact masks of the random protocol, or of a missing rate per modality, for other programs and for --masks." + Examples.Of(
            "amodal masks --data mosi.pkl --mr 0.5 --seed 1 --out masks.csv"))
        {
            data, rate, missingRate, seed, split, output, json,
        };
        command.SetAction(parsed =>
        {
            stop.ThrowIfCancellationRequested();
            var dataSet = DataReading.Read(terminal, parsed.GetValue(data)!, stop);
            var rows = dataSet[parsed.GetValue(split)!];
            terminal.Notes(DataWarnings.OfRows(rows));
            var names = dataSet.Modalities.Select(m => m.Name).ToList();
            var number = (ulong)parsed.GetValue(seed);
            var masks = (parsed.GetValue(rate), parsed.GetValue(missingRate)) switch
            {
                ({ } all, null) => RandomMasks.Draw(rows.Count, names.Count, all, number),
                (null, { } each) => ModalityRates.Parse(each, names, MissingRateOption.Name).Draw(rows.Count, number),
                _ => throw new InputException("--mr", null, $"or {MissingRateOption.Name} is needed, and only one of them: how much is missing."),
            };
            stop.ThrowIfCancellationRequested();
            MaskFile.Write(parsed.GetValue(output)!, rows.Ids, names, masks);
            var realised = RandomMasks.RealisedRate(masks, names.Count);
            if (parsed.GetValue(json))
            {
                terminal.Json(new { file = parsed.GetValue(output), rows = rows.Count, missingRate = realised });
            }
            else
            {
                terminal.Message($"{rows.Count} masks with missing rate {realised:F4} are in {parsed.GetValue(output)}.");
            }
        });
        return command;
    }
}
