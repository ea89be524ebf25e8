using System.Diagnostics;
using static TorchSharp.torch.nn;

namespace Amodal.Training;

/// <summary>
/// Runs a stage to its end: epochs, early stopping on the validation loss, and a checkpoint after every epoch from which
/// a killed run goes on as if it had not been killed.
/// </summary>
internal sealed class StageRunner(RunDirectory run, IProgress<TrainingProgress>? progress, bool tensorBoard = true)
{
    private const string BestPrefix = "best.";
    private const string AdamPrefix = "adam.";

    /// <summary>Loads the stage's result if it is complete, else trains on from its last checkpoint.</summary>
    public IReadOnlyList<EpochRecord> Run(Stage stage, CancellationToken stop)
    {
        if (File.Exists(run.StageFile(stage.Name)))
        {
            return run.LoadStage(stage.Name, stage.Result);
        }

        using var optimiser = stage.CreateOptimiser();
        var state = Resume(stage, optimiser) ?? new State();
        var started = Stopwatch.GetTimestamp() - (long)(state.Seconds * Stopwatch.Frequency);
        try
        {
            var log = tensorBoard ? new EventFile(run.TensorBoardFolder(stage.Name), state.Curve.Count, DateTimeOffset.UtcNow) : null;
            while (!IsOver(stage, state))
            {
                RunEpoch(stage, optimiser, state, stop);
                // Before the checkpoint: what a kill between the two leaves in the log is cut off on resuming, and nothing is missing.
                Log(log, state.Curve[^1], stage.TakeNotes(), optimiser);
                state.Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
                SaveProgress(stage, optimiser, state);
                run.WriteHistory(stage.Name, state.Curve);
            }

            Put(stage.Result, state.Best);
            run.SaveStage(stage.Name, stage.Result, state.Curve);
            run.NoteSeconds([new(stage.Name, state.Seconds)]);
            File.Delete(run.ProgressFile);
            return state.Curve;
        }
        finally
        {
            Release(state.Best);
        }
    }

    private static bool IsOver(Stage stage, State state) =>
        state.Curve.Count >= stage.Epochs || state.Curve.Count - state.BestEpoch >= stage.Patience;

    private void RunEpoch(Stage stage, Adam optimiser, State state, CancellationToken stop)
    {
        var epoch = state.Curve.Count + 1;
        stage.Prepare(epoch, done => Report(done, isPreparation: true), stop);
        stage.BeforeEpoch(state.Curve, optimiser);
        var trainLoss = stage.TrainEpoch(epoch, optimiser, done => Report(done, isPreparation: false), stop);
        var validLoss = stage.Validate(stop);
        if (!double.IsFinite(validLoss))
        {
            throw new InputException($"stage {stage.Name}", $"epoch {epoch}", $"the validation loss is {validLoss}; lower the learning rate.");
        }

        state.Curve.Add(new EpochRecord(epoch, trainLoss, validLoss));
        if (state.BestEpoch == 0 || validLoss < state.Curve[state.BestEpoch - 1].ValidLoss)
        {
            Release(state.Best);
            state.Best = Copy(stage.Result);
            state.BestEpoch = epoch;
        }

        progress?.Report(new TrainingProgress(stage.Name, epoch, stage.Epochs, 1, trainLoss, validLoss));

        void Report(double done, bool isPreparation) =>
            progress?.Report(new TrainingProgress(stage.Name, epoch, stage.Epochs, done) { IsPreparation = isPreparation });
    }

    private static void Log(EventFile? log, EpochRecord epoch, IEnumerable<KeyValuePair<string, double>> notes, Adam optimiser) =>
        log?.Append(epoch.Epoch, DateTimeOffset.UtcNow,
        [
            new("loss/train", epoch.TrainLoss),
            new("loss/valid", epoch.ValidLoss),
            new("optimiser/learning-rate", optimiser.ParamGroups.First().LearningRate),
            .. notes.Where(n => double.IsFinite(n.Value)), // a metric may have no value
        ]);

    private void SaveProgress(Stage stage, Adam optimiser, State state)
    {
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>(RunDirectory.StateOf(stage.Trained));
        foreach (var (name, x) in state.Best)
        {
            tensors[BestPrefix + name] = x;
        }

        foreach (var (i, adam) in AdamStates(optimiser))
        {
            tensors[$"{AdamPrefix}{i}.average"] = adam.exp_avg;
            tensors[$"{AdamPrefix}{i}.square"] = adam.exp_avg_sq;
            tensors[$"{AdamPrefix}{i}.step"] = tensor(adam.step);
        }

        SafeTensors.Write(run.ProgressFile, tensors, new Dictionary<string, string>
        {
            ["stage"] = stage.Name,
            ["bestEpoch"] = state.BestEpoch.ToString(CultureInfo.InvariantCulture),
            ["curve"] = RunDirectory.ToText(state.Curve),
            ["seconds"] = state.Seconds.ToString("R", CultureInfo.InvariantCulture),
        });
    }

    private State? Resume(Stage stage, Adam optimiser)
    {
        if (!File.Exists(run.ProgressFile))
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var tensors = SafeTensors.Read(run.ProgressFile, out var metadata);
        if (StageNames.Now(metadata.GetValueOrDefault("stage", "")) != stage.Name)
        {
            return null; // left over from the stage before, which was completed since
        }

        SafeTensors.CheckFits(run.ProgressFile, Expected(stage, optimiser), tensors);
        var curve = RunDirectory.ReadCurve(run.ProgressFile, metadata);
        if (!int.TryParse(metadata.GetValueOrDefault("bestEpoch"), NumberStyles.None, CultureInfo.InvariantCulture, out var bestEpoch) || bestEpoch < 1 || bestEpoch > curve.Count)
        {
            throw new InputException(run.ProgressFile, "metadata 'bestEpoch'", $"is no epoch of the {curve.Count} of its curve. Delete the file, and the stage begins anew.");
        }

        Put(stage.Trained, tensors);
        using (no_grad())
        {
            foreach (var (i, adam) in AdamStates(optimiser))
            {
                adam.exp_avg.copy_(tensors[$"{AdamPrefix}{i}.average"]);
                adam.exp_avg_sq.copy_(tensors[$"{AdamPrefix}{i}.square"]);
                adam.step = tensors[$"{AdamPrefix}{i}.step"].item<long>();
            }
        }

        return new State
        {
            Curve = curve,
            BestEpoch = bestEpoch,
            Seconds = double.TryParse(metadata.GetValueOrDefault("seconds"), CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and < 1e9 ? seconds : 0,
            Best = tensors.Where(p => p.Key.StartsWith(BestPrefix, StringComparison.Ordinal))
                .ToDictionary(p => p.Key[BestPrefix.Length..], p => p.Value.DetachFromDisposeScope()),
        };
    }

    /// <summary>What a checkpoint of the stage holds, with the shapes of what is there now.</summary>
    private static Dictionary<string, Tensor> Expected(Stage stage, Adam optimiser)
    {
        var expected = new Dictionary<string, Tensor>(RunDirectory.StateOf(stage.Trained));
        foreach (var (name, x) in RunDirectory.StateOf(stage.Result))
        {
            expected[BestPrefix + name] = x;
        }

        foreach (var (i, adam) in AdamStates(optimiser))
        {
            expected[$"{AdamPrefix}{i}.average"] = adam.exp_avg;
            expected[$"{AdamPrefix}{i}.square"] = adam.exp_avg_sq;
            expected[$"{AdamPrefix}{i}.step"] = tensor(adam.step);
        }

        return expected;
    }

    private static IEnumerable<(int Index, Adam.State State)> AdamStates(Adam optimiser) =>
        optimiser.state_dict().State.Select((s, i) => (i, (Adam.State)s));

    private static Dictionary<string, Tensor> Copy(IReadOnlyDictionary<string, Module> modules)
    {
        using var noGradient = no_grad();
        return RunDirectory.StateOf(modules).ToDictionary(p => p.Key, p => p.Value.clone().DetachFromDisposeScope());
    }

    private static void Put(IReadOnlyDictionary<string, Module> modules, Dictionary<string, Tensor> values)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, x) in RunDirectory.StateOf(modules))
        {
            x.copy_(values[name]);
        }
    }

    private static void Release(Dictionary<string, Tensor> tensors)
    {
        foreach (var x in tensors.Values)
        {
            x.Dispose();
        }
    }

    private sealed class State
    {
        public List<EpochRecord> Curve { get; init; } = [];

        public int BestEpoch { get; set; }

        /// <summary>How long it took so far.</summary>
        public double Seconds { get; set; }

        public Dictionary<string, Tensor> Best { get; set; } = [];
    }
}
