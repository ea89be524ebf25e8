using Amodal.Data;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Reproduction;

/// <summary>What the makers of tables have in hand: the data's folds, their trained runs, and what was measured before.</summary>
internal sealed class RunPool
{
    private readonly RunStore _store;

    public RunPool(ReproductionOptions options, IReadOnlyList<DataSet> data, Device device, Action<string, double>? progress)
    {
        (Options, Data, Device, Progress) = (options, data, device, progress);
        _store = new RunStore(Path.Combine(options.Folder, "runs"), device, progress);
    }

    public ReproductionOptions Options { get; }

    /// <summary>One per fold.</summary>
    public IReadOnlyList<DataSet> Data { get; }

    public Device Device { get; }

    public Action<string, double>? Progress { get; }

    public IReadOnlyList<string> Modalities => [.. Data[0].Modalities.Select(m => m.Name)];

    /// <summary>The folders of a run over all folds, trained where they are not yet.</summary>
    /// <param name="options">The run.</param>
    /// <param name="trainingSeed">Which of the training seeds, from 0.</param>
    /// <param name="stop">Ends the work; what was finished is kept.</param>
    public IReadOnlyList<string> Runs(ExperimentOptions options, int trainingSeed, CancellationToken stop) =>
        [.. Data.Select(fold => _store.Get(options with { Seed = options.Seed + trainingSeed }, fold, stop).Path)];

    /// <summary>The folder of the run on the first fold, with the first training seed.</summary>
    public string FirstRun(ExperimentOptions options, CancellationToken stop) => _store.Get(options, Data[0], stop).Path;

    /// <summary>A measurement that was kept, or else made now and kept.</summary>
    /// <typeparam name="T">What is measured; a record that JSON can hold.</typeparam>
    /// <param name="kind">What it is, for the file's name.</param>
    /// <param name="runs">The folders of the runs that it is of.</param>
    /// <param name="parts">What else decides it, beside version, threads and device.</param>
    /// <param name="measure">Makes it.</param>
    public T Keep<T>(string kind, IReadOnlyList<string> runs, IEnumerable<string> parts, Func<T> measure)
        where T : class
    {
        var name = ContentName.Hash([kind, .. runs.Select(r => Path.GetFileName(r)), Circumstances.Of(Device), .. parts]);
        var path = Path.Combine(Options.Folder, "measurements", $"{kind}-{name}.json");
        return MeasurementFile.Read<T>(path) ?? MeasurementFile.Write(path, measure());
    }
}
