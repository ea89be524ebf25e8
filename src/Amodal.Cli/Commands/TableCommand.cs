using System.CommandLine;
using Amodal.Evaluation.Reports;
using Amodal.Files;
using Amodal.Training;

namespace Amodal.Cli.Commands;

/// <summary>amodal table.</summary>
internal static class TableCommand
{
    public static Command Create(Terminal terminal, CancellationToken stop)
    {
        var files = new Argument<string[]>("RESULTS") { Description = "results.json files that `amodal evaluate` left in report folders.", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string>("--out") { Description = "File to write, by its extension Markdown (.md), LaTeX with booktabs (.tex) or CSV (.csv); printed as Markdown unless given." };
        var command = new Command("table", "Puts several evaluations of the same utterances side by side, as Markdown, LaTeX or CSV." + Examples.Of(
            "amodal table runs/quality/report/results.json runs/speed/report/results.json --out comparison.md"))
        {
            files, output,
        };
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(output);
            var format = path is null ? TableFormat.Markdown : TableFile.FormatOf(path); // before anything is read
            var results = parsed.GetValue(files)!.Select(file =>
            {
                stop.ThrowIfCancellationRequested();
                return ResultFile.Read(file);
            }).ToList();
            var text = TableFile.Render(ResultFile.ToTables(results), format);
            stop.ThrowIfCancellationRequested();
            if (path is not null)
            {
                AtomicFile.WriteText(path, text);
            }
            else
            {
                terminal.RawOut.Write(text);
            }
        });
        return command;
    }
}
