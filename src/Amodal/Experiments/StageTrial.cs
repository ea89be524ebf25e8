using System.Diagnostics;
using static TorchSharp.torch.nn;

namespace Amodal.Experiments;

/// <summary>
/// What the stages of a method take on this machine, where their operations are not counted: an epoch of each is trained on a few
/// utterances, and counted for the most epochs and all of them. What has a closed form counts as it comes.
/// </summary>
internal sealed class StageTrial : IStageSequence
{
    private const int Train = 64;
    private const int Valid = 16;
    private readonly Dictionary<string, double> _seconds = [];
    private readonly double _scale;
    private readonly CancellationToken _stop;

    private StageTrial(double scale, CancellationToken stop) => (_scale, _stop) = (scale, stop);

    /// <summary>Seconds by stage, those of the baselines left out.</summary>
    public static IReadOnlyDictionary<string, double> Seconds(ExperimentOptions run, DataSet data, CancellationToken stop)
    {
        List<Split> splits = [Few(data["train"], Train), Few(data["valid"], Valid)];
        using var method = MethodCatalogue.Of(run.Method).Create(data.Modalities, data.Target, run);
        var trial = new StageTrial((double)data["train"].Count / splits[0].Count, stop);
        Trainer.TrainStages(method, run, new DataSet(data.Source, data.Modalities, splits, data.Digest, target: data.Target), CPU, trial);
        return trial._seconds;
    }

    public void Run(Stage stage)
    {
        _stop.ThrowIfCancellationRequested();
        if (MethodTraining.BaselineStages.Contains(stage.Name))
        {
            return;
        }

        using var optimiser = stage.CreateOptimiser();
        var started = Stopwatch.GetTimestamp();
        stage.Prepare(1, _ => { }, _stop);
        stage.BeforeEpoch([], optimiser);
        _ = stage.TrainEpoch(1, optimiser, _ => { }, _stop);
        _ = stage.Validate(_stop);
        _ = stage.TakeNotes();
        _seconds[stage.Name] = Stopwatch.GetElapsedTime(started).TotalSeconds * stage.Epochs * (stage.HasFixedSteps ? 1 : _scale);
    }

    public void Fit(string name, IReadOnlyDictionary<string, Module> modules, Action fit)
    {
        _stop.ThrowIfCancellationRequested();
        var started = Stopwatch.GetTimestamp();
        fit();
        _seconds[name] = Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Utterances from all over a split.</summary>
    private static Split Few(Split rows, int count) => rows.Select(rows.Name, [.. Enumerable.Range(0, Math.Min(count, rows.Count)).Select(i => (int)((long)i * rows.Count / Math.Min(count, rows.Count)))]);
}
