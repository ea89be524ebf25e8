using Amodal.Methods.Imder;

namespace Amodal.Cli.Commands;

/// <summary>amodal import.</summary>
internal static class ImportCommand
{
    public static Command Create(Terminal terminal, CancellationToken stop) => new("import", "Makes a run directory of weights that another program trained.") { Imder(terminal, stop) };

    private static Command Imder(Terminal terminal, CancellationToken stop)
    {
        var file = new Argument<string>("FILE") { Description = "State dictionary of the released IMDer, saved by torch 1.6 or later (.pth)." };
        var output = new Option<string>("--out") { Description = "Run directory to make.", Required = true };
        var data = SharedOptions.Data(required: false);
        var defaults = new ImderImportOptions();
        var modalities = new Option<string>("--modalities") { Description = "Without --data: names of language, acoustic and vision.", DefaultValueFactory = _ => string.Join(',', defaults.Modalities) };
        var length = new Option<int>("--length") { Description = "Without --data: frames of every modality.", DefaultValueFactory = _ => defaults.Length };
        var heads = new Option<int>("--heads") { Description = "Attention heads, which the file does not tell.", DefaultValueFactory = _ => defaults.Heads };
        var name = new Option<string>("--name") { Description = "Name of the method in tables.", DefaultValueFactory = _ => defaults.Name };
        var json = SharedOptions.Json();
        var command = new Command("imder", "Imports a checkpoint of IMDer, for predict, recover and evaluate." + Examples.Of(
            "amodal import imder imder-mosi.pth --data mosi.pkl -o runs/imder"))
        {
            file, output, data, modalities, length, heads, name, json,
        };
        command.SetAction(parsed =>
        {
            var run = new RunDirectory(parsed.GetValue(output)!);
            var manifest = ImderImport.Import(
                parsed.GetValue(file)!, run, parsed.GetValue(data) is { } path ? DataReading.Read(terminal, path, stop) : null,
                new ImderImportOptions
                {
                    Name = parsed.GetValue(name)!,
                    Modalities = [.. parsed.GetValue(modalities)!.Split(',', StringSplitOptions.TrimEntries)],
                    Length = parsed.GetValue(length),
                    Heads = parsed.GetValue(heads),
                }, stop);
            if (parsed.GetValue(json))
            {
                terminal.Json(new { run = run.Path, modalities = manifest.Modalities, notes = manifest.Notes });
                return;
            }

            terminal.Notes(manifest.Notes);
            terminal.Message($"The run is in {run.Path}.");
        });
        return command;
    }
}
