using Amodal.Export;
using static TorchSharp.torch;

namespace Amodal.Cli.Commands;

/// <summary>amodal export.</summary>
internal static class ExportCommand
{
    public static Command Create(Terminal terminal, CancellationToken stop)
    {
        var run = new Argument<string>("RUN") { Description = "Run directory." };
        var output = new Option<string>("--out") { Description = "Folder to make, with one .onnx file per network and manifest.json.", Required = true };
        var precision = new Option<string>("--precision")
        {
            Description = "What the score networks are computed in: float32, or int8, whose large matrix products are on 8-bit integers.",
            DefaultValueFactory = _ => OptionNames.Of(Precision.Float32),
        };
        var json = SharedOptions.Json();
        var command = new Command("export", "Writes a trained run as ONNX graphs with a manifest, for runtimes without libtorch." + Examples.Of(
            "amodal export runs/mosi -o exported/mosi",
            "amodal export runs/mosi -o exported/mosi-int8 --precision int8"))
        {
            run, output, precision, json,
        };
        command.SetAction(parsed =>
        {
            var folder = parsed.GetValue(output)!;
            var chosen = PrecisionChoice.Of(parsed.GetValue(precision), PrecisionChoice.OfExports);
            using var trained = TrainedRun.Load(parsed.GetValue(run)!, CPU, stop: stop);
            trained.Export(folder, chosen, stop);
            var files = new DirectoryInfo(folder).GetFiles("*.onnx").OrderBy(file => file.Name, StringComparer.Ordinal).Select(file => (file.Name, Bytes: file.Length)).ToList();
            if (parsed.GetValue(json))
            {
                terminal.Json(new { folder, precision = chosen, files = files.Select(f => new { name = f.Name, bytes = f.Bytes }) });
                return;
            }

            terminal.Message($"{files.Count} {(files.Count == 1 ? "graph" : "graphs")} in {OptionNames.Of(chosen)}, of {files.Sum(f => f.Bytes) / 1e6:0.0} MB, and {ExportManifest.FileName}, are in {folder}.");
        });
        return command;
    }
}
