using System.CommandLine;
using Amodal.Files;
using Amodal.Training;

namespace Amodal.Cli.Commands;

/// <summary>amodal table.</summary>
internal static class TableCommand
{
    public static Command Create(Terminal terminal, CancellationToken stop)
    {
        var files = new Argument<string[]>("RESULTS") { Description = "results.json files that `amodal evaluate` left in report folders.", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string>("--out") { Description = "Markdown file to write; printed unless given." };
        var command = new Command("table", "Puts several evaluations of the same utterances side by side, as Markdown." + Examples.Of(
            "amodal table runs/quality/report/results.json runs/speed/report/results.json --out comparison.md"))
        {
            files, output,
        };
        command.SetAction(parsed =>
        {
            var results = parsed.GetValue(files)!.Select(file =>
            {
                stop.ThrowIfCancellationRequested();
                return ResultFile.Read(file);
            }).ToList();
            var text = ResultFile.ToMarkdown(results);
            stop.ThrowIfCancellationRequested();
            if (parsed.GetValue(output) is { } path)
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
