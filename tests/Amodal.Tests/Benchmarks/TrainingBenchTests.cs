using Amodal.Bench;
using Amodal.Benchmarks;
using Amodal.Tests.Training;
using Amodal.Training;

namespace Amodal.Tests.Benchmarks;

public class TrainingBenchTests
{
    private const string Greeting = """echo '{"protocol": 1, "name": "fake", "mostMissing": 2, "training": {"batch": 4, "patience": 20, "utterances": 1284}}'""";

    // 1,284 utterances are 41 batches of 32, of which the published table (for 40) gives 4, 12, 28 or 40 to two missing and 4, 12, 4 or 0 to one.
    [Theory]
    [InlineData(0.1, 1, 21, 33, 4, 4)]
    [InlineData(0.3, 6, 26, 17, 12, 12)]
    [InlineData(0.5, 1, 21, 9, 4, 28)]
    [InlineData(0.7, 1, 21, 1, 0, 40)]
    public void A_peers_training_is_its_steps_times_those_of_its_epochs(double rate, int best, int epochs, int none, int one, int two)
    {
        var ours = new TrainingBenchResult(BenchMachine.Current(), 1, 1284, [new("score", 30, 10, 0, IsBaseline: false), new("dropout-baseline", 20, 5, 0, IsBaseline: true)], []);
        Assert.Equal(10, ours.Seconds);
        var time = TrainingBench.Time(new PeerTraining(32, 20, 1284), rate, best, [1, 10, 100], ours);
        Assert.Equal((epochs, rate), (time.Epochs, time.Rate));
        Assert.Equal([none, one, two], time.Steps);
        Assert.Equal(epochs * (none + (10 * one) + (100 * two)), time.Seconds, 1e-9);
        Assert.Equal(time.Seconds / 10, time.TimesOurs, 1e-9);
    }

    [Fact]
    public void Every_stage_is_timed_and_a_peer_steps_before_between_and_after_them()
    {
        Assert.SkipUnless(File.Exists("/bin/sh"), "needs a shell");
        using var peer = Peer(Greeting, """while read word batch missing; do case $word in train) echo "seconds $batch.$missing";; threads) echo ok;; esac; done""");
        using var tiny = new TinyRun(TinyRun.TinyOptions, TinyRun.Even);
        var result = TrainingBench.Measure(tiny.Options, tiny.Data, tiny.Directory, [peer], new TrainingBenchOptions { Rates = [0.3], BestEpochs = [1] }, stop: TestContext.Current.CancellationToken);
        Assert.Equal(["classifier", "dropout-baseline", "language-baseline", "score", "recovery"], result.Stages.Select(s => s.Stage));
        Assert.Equal([false, true, true, false, false], result.Stages.Select(s => s.IsBaseline));
        var curves = tiny.Directory.ReadCurves(tiny.Directory.ReadManifest());
        Assert.All(result.Stages, s => Assert.Equal((curves[s.Stage].Count, curves[s.Stage].Min(e => e.ValidLoss)), (s.Epochs, s.ValidLoss)));
        Assert.All(result.Stages, s => Assert.True(s.Seconds > 0));
        Assert.Equal(result.Seconds, result.Stages[0].Seconds + result.Stages[3].Seconds + result.Stages[4].Seconds, 1e-9);
        var cost = Assert.Single(result.Peers);
        Assert.Equal([6, 6, 6], cost.Steps.Select(s => s.Steps));
        Assert.Equal([4.0, 4.1, 4.2], cost.Steps.Select(s => s.Seconds.Median));
        Assert.Equal(21, Assert.Single(cost.Times).Epochs);
    }

    [Fact]
    public void A_peer_that_does_not_train_is_refused_before_anything_is_trained()
    {
        using var peer = Peer("""echo '{"protocol": 1, "name": "fake", "mostMissing": 2}'""", "read line");
        using var tiny = new TinyRun(TinyRun.TinyOptions, TinyRun.Even);
        var fault = Assert.Throws<InputException>(() => TrainingBench.Measure(tiny.Options, tiny.Data, tiny.Directory, [peer], new TrainingBenchOptions()));
        Assert.Contains("does not say how it trains", fault.Message, StringComparison.Ordinal);
        Assert.False(tiny.Directory.Exists);
        Assert.Throws<NotSupportedException>(() => peer.TrainStep(1, default));
    }

    [Fact]
    public void Random_data_are_shaped_and_split_like_CMU_MOSI()
    {
        var data = TrainingBench.RandomData();
        Assert.Equal([1284, 229], new[] { data["train"].Count, data["valid"].Count });
        Assert.Equal([(50, 768), (50, 5), (50, 20)], data.Modalities.Select(m => (m.Length, m.Width)));
        Assert.NotEqual(data["train"].Labels[0], data["train"].Labels[1]);
        // Normal, and others in every modality and split: zeros, or twice the same, might cost less.
        var (acoustic, vision) = (data["train"].Features[1].Values, data["train"].Features[2].Values);
        var five = 5 / Math.Sqrt(acoustic.Length); // five standard errors of a mean
        Assert.Equal(0, acoustic.Average(), five);
        Assert.Equal(1, acoustic.Average(v => v * v), Math.Sqrt(2) * five);
        Assert.NotEqual(acoustic[..50], vision[..50]);
        Assert.NotEqual(acoustic[..50], data["valid"].Features[1].Values[..50]);
    }

    [Fact]
    public void Without_early_stopping_patience_lasts_for_every_epoch()
    {
        var options = TrainingBench.EveryEpoch(new ExperimentOptions());
        Assert.Equal(options.Classifier.Epochs, options.Classifier.Patience);
        Assert.Equal(options.Score.Epochs, options.Score.Patience);
        Assert.Equal(options.Stage2.Epochs, options.Stage2.Patience);
        Assert.Equal(options.Distillation.Epochs, options.Distillation.Patience);
    }

    private static PeerSubject Peer(params string[] script)
    {
        Assert.SkipUnless(File.Exists("/bin/sh"), "needs a shell");
        return new PeerSubject(["/bin/sh", "-c", string.Join('\n', script)]);
    }
}
