using Amodal.Data;
using Amodal.Runs;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Reproduction;

/// <summary>
/// The trained runs in a folder, each under a name made of its configuration, its data, and version, threads and device: what
/// is there is not trained again, and a new run takes over every stage that another one has trained just so.
/// </summary>
internal sealed class RunStore(string folder, Device device, Action<string, double>? progress)
{
    /// <summary>The run's folder, after training what of it is not done.</summary>
    /// <exception cref="OperationCanceledException">It was stopped; what was finished is kept.</exception>
    public RunDirectory Get(ExperimentOptions options, DataSet data, CancellationToken stop)
    {
        var run = new RunDirectory(Path.Combine(folder, ContentName.OfRun(options, data.Digest, Circumstances.Of(device))));
        if (IsComplete(run))
        {
            // The run is known by its content; its file may have moved since.
            var manifest = run.ReadManifest();
            if (manifest.DataFile != data.Source)
            {
                run.Write(manifest with { DataFile = data.Source });
            }

            return run;
        }

        var name = Path.GetFileName(run.Path);
        new Trainer(options, data, run, device, progress is null ? null : new Progress(name, progress)).Train(resume: run.Exists, Donor(options, data, run), stop);
        return run;
    }

    private static bool IsComplete(RunDirectory run) => run.Exists && run.ReadManifest().IsComplete;

    /// <summary>Of all other runs, the one with most finished stages that this run would train the same.</summary>
    private RunDirectory? Donor(ExperimentOptions options, DataSet data, RunDirectory run)
    {
        if (!Directory.Exists(folder))
        {
            return null;
        }

        var circumstances = Circumstances.Of(device);
        return Directory.GetDirectories(folder).Order(StringComparer.Ordinal).Select(path => new RunDirectory(path))
            .Where(other => other.Path != run.Path && other.Exists)
            .Select(other => (Run: other, Options: other.ReadOptions()))
            // A name is made of data, configuration and circumstances: only a run of these has the one that they make.
            .Where(other => Path.GetFileName(other.Run.Path) == ContentName.OfRun(other.Options, data.Digest, circumstances))
            .Select(other => (other.Run, Stages: StageKeys.Shared(other.Options, options).Count(stage => File.Exists(other.Run.StageFile(stage)))))
            .Where(other => other.Stages > 0).OrderByDescending(other => other.Stages).FirstOrDefault().Run;
    }

    private sealed class Progress(string name, Action<string, double> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            var share = (value.Epoch - 1 + value.Done) / value.Epochs;
            report($"{name}: {value.Stage}{(value.IsPreparation ? ", recovering ahead" : "")}", value.IsPreparation ? value.Done : share);
        }
    }
}
