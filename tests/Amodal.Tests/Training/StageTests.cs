using Amodal.Randomness;
using Amodal.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Amodal.Tests.Training;

/// <summary>What every stage has of an epoch: batches, modes, streams and means.</summary>
public class StageTests
{
    [Fact]
    public void An_epoch_takes_every_row_once_in_batches_the_last_of_which_is_what_is_left()
    {
        using var stage = new Watched();
        stage.TrainEpoch(1);
        Assert.Equal([8, 8, 8, 3], stage.Batches.Select(b => b.Length));
        Assert.Equal(Enumerable.Range(0, 27).Select(i => (long)i), stage.Batches.SelectMany(b => b).Order());
    }

    [Fact]
    public void An_epoch_s_loss_is_the_mean_over_its_rows_and_not_over_its_batches()
    {
        using var stage = new Watched();
        Assert.Equal(13, stage.TrainEpoch(1), 1e-5); // 0 to 26
        Assert.Equal(4, stage.Steps);
    }

    [Fact]
    public void Order_and_dropout_are_another_in_every_epoch_stage_and_seed_and_the_same_again()
    {
        List<(long[] Order, float Dropout)> runs = [.. new[] { ("one", 1UL, 1), ("one", 1UL, 2), ("two", 1UL, 1), ("one", 2UL, 1) }.Select(r => Run(r.Item1, r.Item2, r.Item3))];
        Assert.Equal(4, runs.Select(r => string.Join(' ', r.Order)).Distinct().Count());
        Assert.Equal(4, runs.Select(r => r.Dropout).Distinct().Count());
        var (order, dropout) = Run("one", 1, 2);
        Assert.Equal(runs[1].Order, order);
        Assert.Equal(runs[1].Dropout, dropout);

        static (long[], float) Run(string name, ulong seed, int epoch)
        {
            using var stage = new Watched(name, seed);
            stage.TrainEpoch(epoch);
            return ([.. stage.Batches.SelectMany(b => b)], stage.Dropout[0]);
        }
    }

    [Fact]
    public void Networks_are_in_training_mode_in_its_steps_and_in_evaluation_mode_after_them()
    {
        using var stage = new Watched();
        stage.Network.eval();
        stage.TrainEpoch(1);
        Assert.All(stage.WasTraining, Assert.True);
        Assert.False(stage.Network.training);
    }

    [Fact]
    public void What_is_logged_as_the_gradient_s_norm_is_what_the_limit_found()
    {
        using var stage = new Watched { Limit = _ => 7 };
        stage.TrainEpoch(1);
        Assert.Equal(7, stage.TakeNotes().Single(n => n.Key == "optimiser/gradient-norm").Value);
        Assert.Empty(stage.TakeNotes());
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_training_loss_that_is_no_number_ends_the_stage_with_advice(float loss)
    {
        using var stage = new Watched { Extra = loss };
        Assert.Contains("lower the learning rate", Assert.Throws<InputException>(() => stage.TrainEpoch(1)).Message, StringComparison.Ordinal);
    }

    /// <summary>A row's loss is its number; what a step saw is kept.</summary>
    private sealed class Watched(string name = "watched", ulong seed = 1) : Stage(name, seed), IDisposable
    {
        public Linear Network { get; } = Linear(1, 1);

        public List<long[]> Batches { get; } = [];

        public List<float> Dropout { get; } = [];

        public List<bool> WasTraining { get; } = [];

        public int Steps { get; private set; }

        public float Extra { get; init; }

        public Func<IReadOnlyList<Parameter>, double>? Limit { get; init; }

        public override int Epochs => 1;

        public override int Patience => 1;

        public override IReadOnlyDictionary<string, Module> Trained => new Dictionary<string, Module> { ["network"] = Network };

        public override Adam CreateOptimiser() => optim.Adam(Network.parameters());

        public double TrainEpoch(int epoch)
        {
            using var optimiser = CreateOptimiser();
            return TrainEpoch(epoch, optimiser, _ => { }, default);
        }

        public override double TrainEpoch(int epoch, Adam optimiser, Action<double> progress, CancellationToken stop) =>
            TrainOnBatches(epoch, 27, 8, optimiser, [Network], Loss, progress, stop, () => Steps++, Limit);

        public override double Validate(CancellationToken stop) => 0;

        public void Dispose() => Network.Dispose();

        private Tensor Loss(long[] batch, StableRandom random)
        {
            Batches.Add(batch);
            WasTraining.Add(Network.training);
            using var drawn = rand(1);
            Dropout.Add(drawn.item<float>());
            return (Network.weight.sum() * 0) + tensor((float)batch.Average() + Extra);
        }
    }
}
