using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Amodal.Benchmarks;
using Amodal.Configuration;
using Amodal.Diffusion.Networks;

namespace Amodal.Cli;

/// <summary>Carries out a request: opens the subjects, starts the other processes, measures.</summary>
internal static class BenchRun
{
    private static readonly JsonSerializerOptions _json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static BenchReport Measure(Terminal terminal, BenchRequest request, CancellationToken stop)
    {
        var models = new List<IBenchSubject>();
        var peers = new List<PeerSubject>();
        try
        {
            models.AddRange(request.Subjects.Select(s => BenchSubjects.Open(s.Source, request.Nfe, s.Precision, request.Names[s.Source])));
            RefuseSameNames(models);
            peers.AddRange(request.Peers.Select(p => new PeerSubject(p, stop)));
            using var neighbour = request.Neighbour ? new BusyProcess("bench", "--busy") : null;
            return terminal.WithProgress(bars =>
            {
                var starts = StartUps(request, models, bars, stop);
                var result = RecoveryBench.Measure([.. models, .. peers], request.Options, neighbour, progress: done => bars.Show("recover", done), stop: stop);
                bars.Finish("recover");
                var scale = request.Scale.Count == 0 || stop.IsCancellationRequested ? [] : ScaleBench.Measure(
                    models, request.Scale, request.Options.Batches.Max(), Math.Min(2, models.Min(m => m.MostMissing)), request.Options.Threads.Max(),
                    request.Options.Seconds, progress: (name, count, done) => bars.Show($"{name}, {count} utterances", done), stop: stop);
                // Runs were evaluated in single precision: another one's quality is not known.
                var runs = request.Subjects.Zip(models).Where(p => BenchSubjects.IsRun(p.First.Source) && p.First.Precision == Precision.Float32)
                    .ToDictionary(p => p.Second.Name, p => p.First.Source);
                return new BenchReport(Note(request), result, starts, scale, [.. peers.Select(p => p.Greeting)], runs, !stop.IsCancellationRequested);
            });
        }
        finally
        {
            models.ForEach(m => m.Dispose());
            peers.ForEach(p => p.Dispose());
        }
    }

    /// <summary>The child's side of a start-up: recovers one utterance and says what that took of memory.</summary>
    public static void Probe(Terminal terminal, BenchRequest request, CancellationToken stop)
    {
        var (source, precision) = request.Subjects[0];
        using var subject = BenchSubjects.Open(source, request.Nfe, precision);
        subject.UseThreads(request.Options.Threads[0]);
        subject.Recover(1, 1, stop);
        terminal.RawOut.WriteLine(JsonSerializer.Serialize(ResidentBytes.OfThisProcess(), _json));
        terminal.RawOut.Flush();
    }

    /// <summary>Starts of all subjects take turns.</summary>
    private static IReadOnlyList<StartUp> StartUps(BenchRequest request, List<IBenchSubject> models, ProgressBars bars, CancellationToken stop)
    {
        var found = models.Select(_ => new List<(double Seconds, ResidentBytes Bytes)>()).ToList();
        for (var start = 0; start < request.Starts; start++)
        {
            for (var i = 0; i < models.Count && !stop.IsCancellationRequested; i++)
            {
                bars.Show("start", ((start * models.Count) + i) / (double)(request.Starts * models.Count));
                if (StartOnce(request, request.Subjects[i], stop) is { } measured)
                {
                    found[i].Add(measured);
                }
            }
        }

        bars.Finish("start");
        return [.. found.Zip(models).Where(f => f.First.Count > 0).Select(f => new StartUp(
            f.Second.Name, f.Second.Engine, Quartiles.Of(f.First.Select(s => s.Seconds))!,
            Median(f.First.Select(s => s.Bytes.Now)), Median(f.First.Select(s => s.Bytes.Peak))))];
    }

    /// <returns>Null where it was stopped.</returns>
    private static (double Seconds, ResidentBytes Bytes)? StartOnce(BenchRequest request, (string Source, Precision Precision) subject, CancellationToken stop)
    {
        List<string> args = ["bench", subject.Source, "--probe", "--threads", request.Options.Threads.Max().ToString(CultureInfo.InvariantCulture), "--precision", OptionNames.Of(subject.Precision)];
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
            : (seconds, JsonSerializer.Deserialize<ResidentBytes>(line, _json)!);
    }

    private static long? Median(IEnumerable<long?> values) =>
        Quartiles.Of(values.OfType<long>().Select(v => (double)v)) is { } quartiles ? (long)quartiles.Median : null;

    private static void RefuseSameNames(List<IBenchSubject> models)
    {
        if (models.GroupBy(m => m.Name).FirstOrDefault(g => g.Count() > 1) is { } same)
        {
            throw new InputException("RUN", null, $"'{same.Key}' names {same.Count()} of them; give each once.");
        }
    }

    private static string Note(BenchRequest request) => request.Sources.All(BenchSubjects.IsRun)
        ? "Features are random: what they cost is what any cost."
        : "Networks of presets and experiments are fresh, on data shaped like CMU-MOSI, and features are random: what they cost is what trained ones cost.";
}
