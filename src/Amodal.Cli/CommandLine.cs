using System.Runtime.InteropServices;
using Amodal.Cli.Commands;

namespace Amodal.Cli;

/// <summary>Parses the command line, runs the command, and turns what goes wrong into an exit code.</summary>
internal static class CommandLine
{
    public const int Success = 0;
    public const int Unexpected = 1;
    public const int BadInput = 2;

    private const string Quiet = "--quiet";

    /// <summary>What shells report for a program that Ctrl-C stopped.</summary>
    public const int Stopped = 130;

    public static RootCommand CreateRoot(Terminal terminal, CancellationToken stop) => SameEverywhere(new RootCommand(
        "Recovers missing modalities by conditional diffusion and still recognises the emotion." + Environment.NewLine + Environment.NewLine
        + "Example: amodal demo")
    {
        DemoCommand.Create(terminal, stop),
        DataCommand.Create(terminal, stop),
        PresetsCommand.Create(terminal),
        TrainCommand.Create(terminal, stop),
        ImportCommand.Create(terminal, stop),
        ExportCommand.Create(terminal, stop),
        EvaluateCommand.Create(terminal, stop),
        PredictCommand.Create(terminal, stop),
        RecoverCommand.Create(terminal, stop),
        CompareCommand.Create(terminal, stop),
        ExperimentCommand.Create(terminal, stop),
        BenchCommand.Create(terminal, stop),
        FigureCommand.Create(terminal, stop),
    });

    public static int Run(string[] args, Terminal terminal) => Run("amodal", args, terminal, CreateRoot);

    public static int Run(string program, string[] args, Terminal terminal, Func<Terminal, CancellationToken, RootCommand> create)
    {
        using var stop = new CancellationTokenSource();
        // A first signal asks for a clean stop; a second one, while that is under way, kills as usual.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        var (words, notes) = OldNames.Translate(args);
        var (parsed, errors, command) = ArgumentReader.Parse(SameEverywhere(create(terminal, stop.Token)), words, program);
        terminal.IsQuiet = parsed.GetValue<bool>(Quiet);
        terminal.Notes(notes);
        if (errors.Count > 0)
        {
            foreach (var error in errors)
            {
                terminal.Error(error);
            }

            terminal.Advice($"Try '{command} --help'.");
            return BadInput;
        }

        try
        {
            CheckNotEmpty(parsed);
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = terminal.RawOut });
        }
        catch (InputException e)
        {
            terminal.Error(MessageOf(e, parsed));
            return BadInput;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            terminal.Advice("Stopped; what was finished is kept. A training run goes on with --resume.");
            return Stopped;
        }
        catch (Exception e) when (Environment.GetEnvironmentVariable("AMODAL_TRACE") is null)
        {
            terminal.Error($"unexpected: {e.Message} ({e.GetType().Name}). Set AMODAL_TRACE=1 to see where, and please report it.");
            return Unexpected;
        }

        void Cancel(PosixSignalContext context)
        {
            context.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }

    /// <summary>No option or argument means anything by an empty text, such as a shell's variable that is not set gives.</summary>
    private static void CheckNotEmpty(ParseResult parsed)
    {
        foreach (var given in parsed.CommandResult.Children.Where(c => c.Tokens.Any(t => t.Value.Length == 0)))
        {
            throw new InputException(given is System.CommandLine.Parsing.OptionResult option ? option.Option.Name : ((System.CommandLine.Parsing.ArgumentResult)given).Argument.Name,
                null, "is empty; give a value.");
        }
    }

    /// <summary>What is wrong, with the names that the command line has for what the library speaks of.</summary>
    private static string MessageOf(InputException e, ParseResult parsed)
    {
        var own = OptionOf(e.Origin);
        var message = e.Place is null && !Path.Exists(e.Origin) && Has(parsed.CommandResult.Command, own) ? own + e.Message[e.Origin.Length..] : e.Message;
        var remedies = e.Remedies.Select(OptionOf).Select(o => Has(parsed.CommandResult.Command, o) ? o
            : parsed.RootCommandResult.Command.Subcommands.FirstOrDefault(c => Has(c, o)) is { } other ? $"amodal {other.Name} {o}" : null).OfType<string>().ToList();
        return remedies.Count == 0 ? message : $"{message} ({string.Join(", ", remedies)})";

        static string OptionOf(string words) => $"--{words.Replace(' ', '-')}";
        static bool Has(Command command, string option) => ArgumentReader.OptionsOf(command).Any(o => o.Name == option);
    }

    /// <summary>What holds for every command of a program: --quiet; -o is --out; and a flag takes no value, as a path called "true" would be for the parser.</summary>
    private static RootCommand SameEverywhere(RootCommand root)
    {
        if (root.Options.All(o => o.Name != Quiet))
        {
            root.Options.Add(new Option<bool>(Quiet) { Description = "No progress, notes or advice on standard error, and of evaluate only how the method stands against its baselines.", Recursive = true });
        }

        SameOptions(root);
        return root;
    }

    private static void SameOptions(Command command)
    {
        foreach (var option in command.Options)
        {
            if (option is Option<bool>)
            {
                option.Arity = ArgumentArity.Zero;
            }

            if (option.Name == "--out" && !option.Aliases.Contains("-o"))
            {
                option.Aliases.Add("-o");
            }
        }

        foreach (var child in command.Subcommands)
        {
            SameOptions(child);
        }
    }
}

/// <summary>The example that ends every command's description.</summary>
internal static class Examples
{
    public static string Of(params string[] lines) =>
        Environment.NewLine + Environment.NewLine + string.Join(Environment.NewLine, lines.Select(line => "Example: " + line));
}
