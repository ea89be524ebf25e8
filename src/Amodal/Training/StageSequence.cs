using System.Diagnostics;
using static TorchSharp.torch.nn;

namespace Amodal.Training;

/// <summary>Takes the stages of a training, one after the other.</summary>
internal interface IStageSequence
{
    /// <summary>Trains a stage to its end.</summary>
    void Run(Stage stage);

    /// <summary>A stage that needs no epochs.</summary>
    void Fit(string name, IReadOnlyDictionary<string, Module> modules, Action fit);
}

/// <summary>The stages of a run; what is done already is taken over.</summary>
internal sealed class StageSequence(StageRunner runner, RunDirectory run, CancellationToken stop) : IStageSequence
{
    private readonly Dictionary<string, IReadOnlyList<EpochRecord>> _curves = [];

    /// <summary>The learning curves by stage.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<EpochRecord>> Curves => _curves;

    public void Run(Stage stage) => _curves[stage.Name] = runner.Run(stage, stop);

    public void Fit(string name, IReadOnlyDictionary<string, Module> modules, Action fit)
    {
        if (File.Exists(run.StageFile(name)))
        {
            _ = run.LoadStage(name, modules);
            return;
        }

        stop.ThrowIfCancellationRequested();
        var started = Stopwatch.GetTimestamp();
        fit();
        run.SaveStage(name, modules, []);
        run.NoteSeconds([new(name, Stopwatch.GetElapsedTime(started).TotalSeconds)]);
    }
}
