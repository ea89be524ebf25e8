using System.CommandLine;
using System.Runtime.CompilerServices;
using Amodal.Native;
using Spectre.Console;

namespace Amodal.Cli.Tests;

/// <summary>The command in the test's own process: for what needs no fresh one.</summary>
internal static class InProcess
{
    /// <summary>As the program does before torch is loaded: commands of several threads wait without spinning here, too.</summary>
    [ModuleInitializer]
    internal static void LimitSpinning() => TorchThreads.LimitSpinning();

    /// <summary>The tree of commands as the program has it, writing nowhere.</summary>
    public static RootCommand Root() => CommandLine.CreateRoot(Terminal(TextWriter.Null, TextWriter.Null), CancellationToken.None);

    /// <summary>Runs a command line that is stopped as soon as it looks whether it is.</summary>
    public static void RunStopped(params string[] args)
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        _ = CommandLine.CreateRoot(Terminal(TextWriter.Null, TextWriter.Null), stop.Token).Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    private static readonly Lock _folder = new();

    /// <summary>Runs a command line from a folder. One at a time: the folder, torch's threads and its seed are the process's.</summary>
    public static Amodal.Result RunIn(string folder, params string[] args)
    {
        lock (_folder)
        {
            var before = Directory.GetCurrentDirectory();
            Directory.SetCurrentDirectory(folder);
            try
            {
                return Run(args);
            }
            finally
            {
                Directory.SetCurrentDirectory(before);
            }
        }
    }

    /// <summary>Runs a command line whose paths are absolute.</summary>
    public static Amodal.Result Run(params string[] args)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        return new Amodal.Result(CommandLine.Run(args, Terminal(output, errors)), output.ToString(), errors.ToString());
    }

    /// <summary>The commands of bench/.</summary>
    public static RootCommand Laboratory() => global::Amodal.Bench.Laboratory.CreateRoot(Terminal(TextWriter.Null, TextWriter.Null), CancellationToken.None);

    /// <summary>Every command that does something, with its names.</summary>
    /// <param name="root">Of which program; amodal unless given.</param>
    public static IEnumerable<(string[] Names, Command Command)> Commands(RootCommand? root = null)
    {
        return Below([], root ?? Root());

        static IEnumerable<(string[], Command)> Below(string[] names, Command command) =>
            [.. command.Action is null || command.Hidden ? Array.Empty<(string[], Command)>() : [(names, command)],
             .. command.Subcommands.SelectMany(c => Below([.. names, c.Name], c))];
    }

    private static Terminal Terminal(TextWriter output, TextWriter errors)
    {
        return new Terminal(Create(output), Create(errors), output);

        static IAnsiConsole Create(TextWriter writer)
        {
            var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.No, Interactive = InteractionSupport.No });
            console.Profile.Width = short.MaxValue;
            return console;
        }
    }
}
