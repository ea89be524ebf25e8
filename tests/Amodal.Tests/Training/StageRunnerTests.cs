using Amodal.Files;
using Amodal.Tests.Data;
using Amodal.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Amodal.Tests.Training;

public class StageRunnerTests
{
    [Theory]
    [InlineData(100, 2, 4, 2)] // two epochs after the best one without a better
    [InlineData(3, 100, 3, 2)] // its epochs are over
    [InlineData(100, 3, 9, 6)] // epoch 5 is better than the third after epoch 2: it goes on
    public void Stops_early_and_keeps_the_best_epoch(int epochs, int patience, int run, int best)
    {
        using var folder = new TemporaryFolder();
        using var stage = new Scripted(epochs, patience, [5, 3, 4, 4.5, 2.5, 2, 9, 9, 9, 1]);
        var directory = new RunDirectory(folder.Name);
        var curve = new StageRunner(directory, progress: null).Run(stage, default);
        Assert.Equal(run, curve.Count);
        Assert.Equal(best, stage.Weight);
        Assert.False(File.Exists(directory.ProgressFile));

        // Another process finds the stage done, and its best epoch.
        using var again = new Scripted(epochs, patience, []);
        Assert.Equal(curve, new StageRunner(directory, progress: null).Run(again, default));
        Assert.Equal(best, again.Weight);
    }

    [Fact]
    public void Of_epochs_that_are_as_good_the_first_is_kept_and_patience_runs_on()
    {
        using var folder = new TemporaryFolder();
        using var stage = new Scripted(100, 3, [5, 3, 3, 3, 3, 2]);
        Assert.Equal(5, new StageRunner(new RunDirectory(folder.Name), progress: null).Run(stage, default).Count);
        Assert.Equal(2, stage.Weight);
    }

    [Fact]
    public void A_stopped_stage_goes_on_from_its_last_finished_epoch()
    {
        double[] losses = [5, 3, 4, 2, 3, 3];
        using var folder = new TemporaryFolder();
        using var whole = new Scripted(6, 10, losses);
        var expected = new StageRunner(new RunDirectory(Path.Combine(folder.Name, "whole")), progress: null).Run(whole, default);

        var directory = new RunDirectory(Path.Combine(folder.Name, "stopped"));
        using (var stopped = new Scripted(6, 10, losses) { StopAt = 3 })
        {
            Assert.Throws<OperationCanceledException>(() => new StageRunner(directory, progress: null).Run(stopped, default));
        }

        using var resumed = new Scripted(6, 10, losses) { Weight = -1 };
        Assert.Equal(expected, new StageRunner(directory, progress: null).Run(resumed, default));
        Assert.Equal([3, 4, 5, 6], resumed.Trainings);
        Assert.Equal(4, resumed.Weight);
    }

    [Fact]
    public void The_best_epoch_before_a_stop_stays_the_best()
    {
        double[] losses = [5, 1, 4, 3, 2, 3];
        using var folder = new TemporaryFolder();
        var directory = new RunDirectory(folder.Name);
        using (var stopped = new Scripted(6, 10, losses) { StopAt = 4 })
        {
            Assert.Throws<OperationCanceledException>(() => new StageRunner(directory, progress: null).Run(stopped, default));
        }

        using var resumed = new Scripted(6, 10, losses);
        new StageRunner(directory, progress: null).Run(resumed, default);
        Assert.Equal(2, resumed.Weight);
    }

    [Fact]
    public void A_loss_that_is_no_number_ends_the_stage_with_advice()
    {
        using var folder = new TemporaryFolder();
        using var stage = new Scripted(6, 10, [5, double.NaN]);
        var fault = Assert.Throws<InputException>(() => new StageRunner(new RunDirectory(folder.Name), progress: null).Run(stage, default));
        Assert.Contains("stage scripted: epoch 2: the validation loss is NaN; lower the learning rate", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bestEpoch", null, "bestEpoch")]
    [InlineData("bestEpoch", "0", "bestEpoch")]
    [InlineData("bestEpoch", "9", "bestEpoch")]
    [InlineData("bestEpoch", "x", "bestEpoch")]
    [InlineData("curve", null, "bestEpoch")]
    [InlineData("curve", "null", "metadata 'curve'")]
    [InlineData("curve", "[null]", "metadata 'curve'")]
    [InlineData("curve", "[{}]", "metadata 'curve'")]
    [InlineData("curve", "{", "metadata 'curve'")]
    public void A_checkpoint_with_odd_texts_is_refused(string key, string? value, string place)
    {
        using var folder = new TemporaryFolder();
        var directory = Stopped(folder);
        var tensors = SafeTensors.Read(directory.ProgressFile, out var texts);
        var changed = texts.Where(t => t.Key != key).Concat(value is null ? [] : [new KeyValuePair<string, string>(key, value)]).ToDictionary();
        SafeTensors.Write(directory.ProgressFile, tensors, changed);
        AssertRefused(directory, place);
        Release(tensors);
    }

    [Theory]
    [InlineData("network.weight", false)]
    [InlineData("best.network.weight", false)]
    [InlineData("adam.0.average", false)]
    [InlineData("adam.0.step", false)]
    [InlineData("network.weight", true)]
    [InlineData("best.network.weight", true)]
    public void A_checkpoint_with_tensors_missing_or_not_finite_is_refused(string name, bool isThere)
    {
        using var folder = new TemporaryFolder();
        var directory = Stopped(folder);
        var tensors = SafeTensors.Read(directory.ProgressFile, out var texts);
        if (isThere)
        {
            using var noGradient = no_grad();
            tensors[name].fill_(double.NaN);
        }

        SafeTensors.Write(directory.ProgressFile, tensors.Where(t => isThere || t.Key != name).ToDictionary(), texts);
        AssertRefused(directory, name);
        Release(tensors);
    }

    private static RunDirectory Stopped(TemporaryFolder folder)
    {
        var directory = new RunDirectory(folder.Name);
        using var stage = new Scripted(6, 10, [5, 3, 4]) { StopAt = 3 };
        Assert.Throws<OperationCanceledException>(() => new StageRunner(directory, progress: null).Run(stage, default));
        return directory;
    }

    private static void AssertRefused(RunDirectory directory, string part)
    {
        using var stage = new Scripted(6, 10, [5, 3, 4, 2, 2, 2]);
        var problem = Assert.Throws<InputException>(() => new StageRunner(directory, progress: null).Run(stage, default));
        Assert.StartsWith(directory.ProgressFile, problem.Message, StringComparison.Ordinal);
        Assert.Contains(part, problem.Message, StringComparison.Ordinal);
    }

    private static void Release(Dictionary<string, Tensor> tensors)
    {
        foreach (var tensor in tensors.Values)
        {
            tensor.Dispose();
        }
    }

    /// <summary>After epoch n its only weight is n, and its validation loss is the script's.</summary>
    private sealed class Scripted : Stage, IDisposable
    {
        private readonly double[] _losses;
        private readonly Linear _network = Linear(1, 1, hasBias: false);

        public Scripted(int epochs, int patience, double[] losses)
            : base("scripted", seed: 1) => (Epochs, Patience, _losses, Trained) = (epochs, patience, losses, new Dictionary<string, Module> { ["network"] = _network });

        public override int Epochs { get; }

        public override int Patience { get; }

        public override IReadOnlyDictionary<string, Module> Trained { get; }

        public int StopAt { get; init; }

        public List<int> Trainings { get; } = [];

        public float Weight
        {
            get => _network.weight.item<float>();
            init => Set(value);
        }

        public override Adam CreateOptimiser() => optim.Adam(_network.parameters());

        public override double TrainEpoch(int epoch, Adam optimiser, Action<double> progress, CancellationToken stop)
        {
            if (epoch == StopAt)
            {
                throw new OperationCanceledException();
            }

            Trainings.Add(epoch);
            Set(epoch);
            return 0;
        }

        public override double Validate(CancellationToken stop) => _losses[(int)Weight - 1];

        public void Dispose() => _network.Dispose();

        private void Set(float value)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            _network.weight.copy_(tensor(value));
        }
    }
}
