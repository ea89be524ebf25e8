using Amodal.Benchmarks;
using Amodal.Training;

namespace Amodal.Tests.Benchmarks;

public class TrainingBenchTests
{
    private static readonly PeerTraining _training = new(Batch: 32, Patience: 20, Utterances: 320);

    [Theory]
    [InlineData(0.3, 1, 21 * ((3 * 12) + (3 * 7) + (4 * 0.5)))] // of ten batches three miss two, three one (the published table), and 21 epochs are the fewest
    [InlineData(0.7, 5, 25 * (10 * 12))] // all miss two
    [InlineData(0.1, 1, 21 * (12 + 7 + (8 * 0.5)))]
    public void A_peers_training_is_its_steps_times_its_epochs(double rate, int best, double seconds)
    {
        var ours = Result(new StageSeconds("score", 1, 50, 0, IsRival: false), new StageSeconds("language-rival", 1, 1000, 0, IsRival: true));
        var time = TrainingBench.Time(_training, rate, best, [0.5, 7, 12], ours);
        Assert.Equal(seconds, time.Seconds, 1e-9);
        Assert.Equal(seconds / 50, time.TimesOurs, 1e-9); // rivals are no part of the method
        Assert.Equal(10, time.Steps.Sum());
    }

    [Fact]
    public void Stages_are_timed_and_what_others_do_between_them_is_not()
    {
        var clock = new FakeClock();
        var stages = new StageClock(clock, () => clock.Advance(100), next: null);
        foreach (var (stage, seconds) in new[] { ("classifier", 2.0), ("classifier", 3.0), ("score", 4.0) })
        {
            clock.Advance(seconds);
            stages.Report(new TrainingProgress(stage, 1, 2, 0.5, null));
        }

        clock.Advance(1);
        stages.Close();
        Assert.Equal(["classifier", "score"], stages.Stages.Select(s => s.Stage));
        Assert.Equal(5, stages.Stages[0].Seconds, 1e-4); // a microsecond for each reading
        Assert.Equal(5, stages.Stages[1].Seconds, 1e-4);
    }

    private static TrainingBenchResult Result(params StageSeconds[] stages) => new(BenchMachine.Current(), 1, 320, stages, []);
}
