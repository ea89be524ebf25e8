using System.CommandLine;
using System.Runtime.InteropServices;
using Amodal.Cli.Commands;

namespace Amodal.Cli;

/// <summary>Parses the command line, runs the command, and turns what goes wrong into an exit code.</summary>
internal static class CommandLine
{
    public const int Success = 0;
    public const int Unexpected = 1;
    public const int BadInput = 2;

    /// <summary>What shells report for a program that Ctrl-C stopped.</summary>
    public const int Stopped = 130;

    public static RootCommand CreateRoot(Terminal terminal, CancellationToken stop) => WithoutFlagValues(new RootCommand(
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
        ImputeCommand.Create(terminal, stop),
        MasksCommand.Create(terminal, stop),
        NetworkBench.OldCommand(terminal, stop),
        BenchCommand.Create(terminal, stop),
        TableCommand.Create(terminal, stop),
        ReproduceCommand.Create(terminal, stop),
        FigureCommand.Create(terminal, stop),
    });

    public static int Run(string[] args, Terminal terminal) => Run("amodal", args, terminal, CreateRoot);

    /// <summary>Runs a program of commands.</summary>
    /// <param name="program">What messages call it.</param>
    /// <param name="args">The command line.</param>
    /// <param name="terminal">Where it writes.</param>
    /// <param name="create">Makes the commands.</param>
    public static int Run(string program, string[] args, Terminal terminal, Func<Terminal, CancellationToken, RootCommand> create)
    {
        using var stop = new CancellationTokenSource();
        // A first signal asks for a clean stop; a second one, while that is under way, kills as usual.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        var (parsed, errors, command) = ArgumentReader.Parse(WithoutFlagValues(create(terminal, stop.Token)), args, program);
        if (errors.Count > 0)
        {
            foreach (var error in errors)
            {
                terminal.Error(error);
            }

            terminal.Message($"Try '{command} --help'.");
            return BadInput;
        }

        try
        {
            CheckNotEmpty(parsed);
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (InputException e)
        {
            terminal.Error(e.Message);
            return BadInput;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            terminal.Message("Stopped; what was finished is kept. A training run goes on with --resume.");
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

    /// <summary>A flag is there or not: the parser would take a path called "true" for its value.</summary>
    private static T WithoutFlagValues<T>(T command)
        where T : Command
    {
        foreach (var flag in command.Options.OfType<Option<bool>>())
        {
            flag.Arity = ArgumentArity.Zero;
        }

        foreach (var child in command.Subcommands)
        {
            _ = WithoutFlagValues(child);
        }

        return command;
    }
}
