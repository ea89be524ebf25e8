using Amodal.Benchmarks;
using Amodal.Data;
using Amodal.Training;

namespace Amodal.Cli;

/// <summary>Carries out `amodal bench training`: starts the peers, trains into a folder of its own.</summary>
internal static class BenchTrainingRun
{
    public static TrainingBenchResult Measure(
        Terminal terminal, ExperimentOptions options, DataSet data, string? output, IReadOnlyList<IReadOnlyList<string>> commands,
        TrainingBenchOptions bench, CancellationToken stop)
    {
        var peers = new List<PeerSubject>();
        var temporary = output is null ? Directory.CreateTempSubdirectory("amodal-bench-") : null;
        try
        {
            foreach (var command in commands)
            {
                peers.Add(new PeerSubject(command, stop));
            }

            var run = new RunDirectory(output ?? Path.Combine(temporary!.FullName, "run"));
            return terminal.WithProgress(bars => TrainingBench.Measure(options, data, run, peers, bench, progress: TrainingView.Progress(bars), stop: stop));
        }
        finally
        {
            peers.ForEach(p => p.Dispose());
            temporary?.Delete(recursive: true);
        }
    }
}
