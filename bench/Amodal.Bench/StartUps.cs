using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Amodal.Benchmarks;
using Amodal.Cli;
using Amodal.Configuration;
using Amodal.Diffusion.Networks;
using Amodal.Native;

namespace Amodal.Bench;

/// <summary>What a fresh process needs until it has recovered the first utterance.</summary>
/// <param name="Name">The run or preset.</param>
/// <param name="Engine">What computed.</param>
/// <param name="Seconds">From the start of the process to the first recovery, of several starts.</param>
/// <param name="ResidentBytes">Resident memory after it, the median of the starts; null where the system does not tell.</param>
/// <param name="PeakBytes">The most that was resident until then.</param>
internal sealed record StartUp(string Name, string Engine, Quartiles Seconds, long? ResidentBytes, long? PeakBytes);

/// <summary>Times fresh processes, which are this program started again.</summary>
internal static class StartUps
{
    private const string CommandName = "probe";

    /// <summary>Starts of all subjects take turns.</summary>
    public static IReadOnlyList<StartUp> Measure(
        BenchRequest request, IReadOnlyList<IBenchSubject> models, int starts, Action<double> progress, CancellationToken stop)
    {
        var found = models.Select(_ => new List<(double Seconds, ResidentBytes Bytes)>()).ToList();
        for (var start = 0; start < starts; start++)
        {
            for (var i = 0; i < models.Count && !stop.IsCancellationRequested; i++)
            {
                progress(((start * models.Count) + i) / (double)(starts * models.Count));
                if (StartOnce(request, request.Subjects[i], stop) is { } measured)
                {
                    found[i].Add(measured);
                }
            }
        }

        return [.. found.Zip(models).Where(f => f.First.Count > 0).Select(f => new StartUp(
            f.Second.Name, f.Second.Engine, Quartiles.Of(f.First.Select(s => s.Seconds))!,
            Median(f.First.Select(s => s.Bytes.Now)), Median(f.First.Select(s => s.Bytes.Peak))))];
    }

    /// <summary>The child's side: recovers one utterance and says what that took of memory.</summary>
    public static Command ProbeCommand(Terminal terminal, CancellationToken stop)
    {
        var arguments = new BenchArguments();
        var command = new Command(CommandName) { Hidden = true };
        arguments.AddTo(command);
        command.SetAction(parsed =>
        {
            var request = arguments.Read(parsed);
            var (source, precision) = request.Subjects[0];
            using var subject = BenchSubjects.Open(source, request.Nfe, precision);
            subject.UseThreads(request.Options.Threads[0]);
            subject.Recover(1, 1, stop);
            terminal.RawOut.WriteLine(JsonSerializer.Serialize(new ResidentBytes(ResidentMemory.Current, ResidentMemory.Peak)));
            terminal.RawOut.Flush();
        });
        return command;
    }

    /// <returns>Null where it was stopped.</returns>
    private static (double Seconds, ResidentBytes Bytes)? StartOnce(BenchRequest request, (string Source, Precision Precision) subject, CancellationToken stop)
    {
        List<string> args = [CommandName, subject.Source, "--threads", request.Options.Threads.Max().ToString(CultureInfo.InvariantCulture), "--precision", OptionNames.Of(subject.Precision)];
        if (request.Nfe is { } nfe)
        {
            args.AddRange(["--nfe", nfe.ToString(CultureInfo.InvariantCulture)]);
        }

        var started = Stopwatch.GetTimestamp();
        using var process = OwnProcess.Start(args);
        using var kill = stop.Register(() => OwnProcess.Kill(process));
        process.StandardInput.Close();
        var line = process.StandardOutput.ReadLine();
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        process.WaitForExit();
        if (process.ExitCode == CommandLine.Stopped)
        {
            _ = stop.WaitHandle.WaitOne(TimeSpan.FromSeconds(1)); // Ctrl-C is the child's, too, and may reach it first
        }

        return stop.IsCancellationRequested ? null : line is null
            ? throw new InvalidOperationException($"a fresh process for {subject.Source} ended with {process.ExitCode}")
            : (seconds, JsonSerializer.Deserialize<ResidentBytes>(line)!);
    }

    private static long? Median(IEnumerable<long?> values) =>
        Quartiles.Of(values.OfType<long>().Select(v => (double)v)) is { } quartiles ? (long)quartiles.Median : null;

    /// <summary>Memory of a process that lies in the machine's memory, in bytes: now, and the most since the start; null where the system does not tell.</summary>
    private sealed record ResidentBytes(long? Now, long? Peak);
}

/// <summary>This program, started again as a child.</summary>
internal static class OwnProcess
{
    public static Process Start(IEnumerable<string> args)
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("the system does not tell where this program is");
        // Under `dotnet Amodal.Cli.dll` the process is dotnet, and the program its first argument.
        var isHosted = Path.GetFileNameWithoutExtension(program) == "dotnet";
        var start = new ProcessStartInfo(program, isHosted ? [Assembly.GetExecutingAssembly().Location, .. args] : args)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return Process.Start(start)!;
    }

    /// <summary>Ends it, if it has not ended by itself.</summary>
    public static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It is gone already.
        }
    }
}
