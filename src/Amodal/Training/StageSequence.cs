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

/// <summary>
/// Stages that were called otherwise before: runs of then are read by their old names, and what is drawn and kept by a stage's name still
/// goes by the old one, so that a training comes out the same and is found again.
/// </summary>
internal static class StageNames
{
    private static readonly (string Now, string Before)[] _renamed = [("dropout-baseline", "dropout-rival"), ("language-baseline", "language-rival")];

    /// <summary>What a stage is called now.</summary>
    public static string Now(string name) => _renamed.FirstOrDefault(r => r.Before == name).Now ?? name;

    /// <summary>What a stage was called at first.</summary>
    public static string Before(string name) => _renamed.FirstOrDefault(r => r.Now == name).Before ?? name;
}
