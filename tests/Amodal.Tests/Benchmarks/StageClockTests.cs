using Amodal.Bench;
using Amodal.Training;

namespace Amodal.Tests.Benchmarks;

public class StageClockTests
{
    [Fact]
    public void What_others_take_between_two_stages_is_on_no_stages_clock()
    {
        var clock = new FakeClock();
        var turns = 0;
        var stages = new StageClock(clock, Turn, next: null);
        Step("first", 2);
        Step("first", 3);
        Step("second", 7); // its first step, and what came before it
        clock.Advance(0.5);
        stages.Close();
        Assert.Equal(["first", "second"], stages.Stages.Select(s => s.Stage));
        // A microsecond whenever the clock is read: no more than ten of them.
        Assert.Equal(5, stages.Stages[0].Seconds, 1e-5);
        Assert.Equal(7.5, stages.Stages[1].Seconds, 1e-5);
        Assert.Equal(2, turns);

        void Step(string stage, double seconds)
        {
            clock.Advance(seconds);
            stages.Report(new TrainingProgress(stage, 1, 1, 0.5));
        }

        void Turn()
        {
            turns++;
            clock.Advance(100);
        }
    }
}
