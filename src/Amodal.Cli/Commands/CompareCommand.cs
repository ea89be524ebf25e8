namespace Amodal.Cli.Commands;

/// <summary>amodal compare.</summary>
internal static class CompareCommand
{
    private const string ResultsName = "results.json";

    public static Command Create(Terminal terminal, CancellationToken stop)
    {
        var what = new Argument<string[]>("RUN|RESULTS")
        {
            Description = "Two runs, of which the second stands beside the first with differences in pairs; folds of one with commas between them. "
                + "Or results.json files that evaluate left, or the report folders with them: as many as you like, side by side. None with --methods.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var use = new EvaluationUse(isComparison: true);
        var leaderboard = new LeaderboardUse(use);
        var command = new Command("compare", "Compares methods on the same utterances: trains and ranks them, or evaluates two runs with differences in pairs, or puts results of evaluations side by side." + Examples.Of(
            "amodal compare --data mosi.pkl --methods all --training-seeds 3 -o leaderboard", "amodal compare --data mosi.pkl --methods linear-first,mmin,dcca -o leaderboard",
            "amodal compare runs/fast runs/quality", "amodal compare runs/quality/report/results.json runs/speed/report/results.json -o comparison.md"))
        {
            what,
        };
        leaderboard.AddTo(command);
        use.AddTo(command);
        command.SetAction(parsed =>
        {
            var given = parsed.GetValue(what)!;
            if (leaderboard.IsAsked(parsed))
            {
                if (given.Length > 0)
                {
                    throw new InputException(given[0], null, "is given beside --methods, which trains what it compares; leave one of the two out.");
                }

                leaderboard.Run(terminal, parsed, stop);
            }
            else if (given.Length == 0)
            {
                throw new InputException("RUN", null, "is missing; give two runs, results of evaluations, or --methods with --data and --out.");
            }
            else if (!given.Any(IsResults))
            {
                CompareRuns(terminal, parsed, use, given, stop);
            }
            else if (given.FirstOrDefault(g => !IsResults(g)) is { } run)
            {
                throw new InputException(run, null, "is no results.json, and others are; give runs only, or results only.");
            }
            else
            {
                CompareResults(terminal, given, parsed.GetValue(use.Out), parsed.GetValue(use.Json), stop);
            }
        });
        return command;
    }

    private static void CompareRuns(Terminal terminal, ParseResult parsed, EvaluationUse use, string[] given, CancellationToken stop)
    {
        if (given.Length != 2)
        {
            throw new InputException("RUN", null, given.Length == 1
                ? "is needed twice: a run, and the one it is compared with."
                : $"two runs are compared at a time, and {given.Length} are given. Write the folds of one with commas between them, or evaluate each and compare their {ResultsName}.");
        }

        EvaluateCommand.Evaluate(terminal, parsed, use, ListOption.Split(given[0]), ListOption.Split(given[1]), stop);
    }

    private static void CompareResults(Terminal terminal, string[] given, string? path, bool json, CancellationToken stop)
    {
        var format = path is null ? TableFormat.Markdown : TableFile.FormatOf(path); // before anything is read
        var results = given.Select(file =>
        {
            stop.ThrowIfCancellationRequested();
            return ResultFile.Read(Directory.Exists(file) ? Path.Combine(file, ResultsName) : file);
        }).ToList();
        var text = TableFile.Render(ResultFile.ToTables(results), format);
        stop.ThrowIfCancellationRequested();
        if (path is not null)
        {
            AtomicFile.WriteText(path, text);
        }

        if (json)
        {
            terminal.Json(new { results });
        }
        else if (path is null)
        {
            terminal.RawOut.Write(text);
        }
    }

    private static bool IsResults(string path) => path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) || File.Exists(Path.Combine(path, ResultsName));
}
