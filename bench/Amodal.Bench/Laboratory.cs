using System.CommandLine;
using System.CommandLine.Parsing;
using Amodal.Cli;

namespace Amodal.Bench;

/// <summary>The commands that compare Amodal with other programs and with itself: bench/README.md.</summary>
internal static class Laboratory
{
    /// <summary>What the documents call the program.</summary>
    public const string Name = "lab";

    public static int Run(string[] args, Terminal terminal) => CommandLine.Run(Name, args, terminal, CreateRoot);

    public static RootCommand CreateRoot(Terminal terminal, CancellationToken stop) => new(
        "Measures Amodal against other programs." + Examples.Of("lab recover speed cpu-speed --batches 1,32 --starts 3",
            "where lab is dotnet run -c Release --project bench/Amodal.Bench --"))
    {
        RecoverCommand.Create(terminal, stop),
        TrainingCommand.Create(terminal, stop),
        DrawsCommand.Create(terminal, stop),
        StartUps.ProbeCommand(terminal, stop),
        BusyProcess.ChildCommand(),
    };

    /// <summary>Other programs whose turn it is, too.</summary>
    public static Option<string[]> Peers() => new("--peer") { Description = "Command of another program that takes its turn (bench/peers/README.md). May be repeated." };

    /// <summary>Starts the programs.</summary>
    /// <exception cref="InputException">One cannot be started, or is no peer.</exception>
    public static IReadOnlyList<PeerSubject> Start(string[]? commands, CancellationToken stop)
    {
        var started = new List<PeerSubject>();
        try
        {
            foreach (var command in commands ?? [])
            {
                started.Add(new PeerSubject([.. CommandLineParser.SplitCommandLine(command)], stop));
            }

            return started;
        }
        catch
        {
            started.ForEach(p => p.Dispose());
            throw;
        }
    }
}
