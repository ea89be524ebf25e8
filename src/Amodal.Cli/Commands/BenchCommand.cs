namespace Amodal.Cli.Commands;

/// <summary>amodal bench.</summary>
internal static class BenchCommand
{
    public static Command Create(Terminal terminal, CancellationToken stop)
    {
        var (arguments, networks) = (new BenchArguments(), new NetworkBench());
        var ofNetworks = new Option<bool>("--networks") { Description = "Measure one evaluation of every kind of score network instead, at the thesis's sizes or those of RUN." };
        var command = new Command("bench", "Measures what recoveries cost, side by side and in turns." + Examples.Of(
            "amodal bench speed cpu-speed --batches 1,32 --seconds 60", "amodal bench runs/mosi models/mosi --out bench-report", "amodal bench --networks"));
        arguments.AddTo(command);
        foreach (var option in networks.Options.Prepend(ofNetworks))
        {
            command.Options.Add(option);
        }

        TellWhereTheRestIs(command);
        command.SetAction(parsed =>
        {
            Refuse(parsed, parsed.GetValue(ofNetworks) ? arguments.OfRecoveries : networks.Options, parsed.GetValue(ofNetworks) ? "not measured with --networks" : "only for --networks");
            if (parsed.GetValue(ofNetworks))
            {
                var names = parsed.GetValue(arguments.Runs) ?? [];
                networks.Run(
                    terminal, parsed, names.Length <= 1 ? names.FirstOrDefault() : throw new InputException("RUN", null, "is one at most with --networks: whose sizes to take."),
                    IsGiven(parsed, arguments.Batches) ? arguments.BatchesOf(parsed) : null, arguments.RepeatsOf(parsed),
                    arguments.ThreadsOf(parsed) is [var threads] ? threads : throw new InputException("--threads", null, "is one number with --networks."),
                    parsed.GetValue(arguments.Json), stop);
                return;
            }

            Run(terminal, arguments.Read(parsed), parsed.GetValue(arguments.Json), parsed.GetValue(arguments.Output), stop);
        });
        return command;
    }

    private static void Run(Terminal terminal, BenchRequest request, bool json, string? folder, CancellationToken stop)
    {
        var models = request.Open();
        try
        {
            var result = terminal.WithProgress(bars =>
            {
                var measured = RecoveryBench.Measure(models, request.Options, progress: done => bars.Show("recover", done), stop: stop);
                bars.Finish("recover");
                return measured;
            });
            var document = new { request.Note, result.Machine, result.IsComplete, result.Gemm, result.Rows };
            if (json)
            {
                terminal.Json(document);
            }
            else
            {
                terminal.Out.Write(BenchView.Rows(result.Rows));
                BenchView.PrintFacts(terminal, result, request.Note);
            }

            if (folder is not null)
            {
                BenchView.Write(terminal, folder, document, result.Rows, request.Runs(models));
            }
        }
        finally
        {
            models.ToList().ForEach(m => m.Dispose());
        }

        stop.ThrowIfCancellationRequested(); // what was measured is kept and shown; that it was stopped, the exit code says
    }

    /// <summary>What compares Amodal with others is no part of the program, but of its repository.</summary>
    private static void TellWhereTheRestIs(Command command)
    {
        const string Where = "is measured by a program of its own: dotnet run -c Release --project bench/Amodal.Bench -- --help, in Amodal's repository (bench/README.md).";
        foreach (var name in (string[])["--peer", "--scale", "--neighbour", "--starts"])
        {
            var moved = new Option<string>(name) { Hidden = true, Arity = ArgumentArity.ZeroOrOne };
            moved.Validators.Add(result => result.AddError($"{name}: {Where}"));
            command.Options.Add(moved);
        }
    }

    private static void Refuse(ParseResult parsed, IEnumerable<Option> options, string why)
    {
        if (options.FirstOrDefault(o => IsGiven(parsed, o)) is { } given)
        {
            throw new InputException(given.Name, null, $"is {why}; leave it out.");
        }
    }

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };
}
