using Amodal.Missingness;
using CsCheck;

namespace Amodal.Tests.Missingness;

public class ObservationTests
{
    private static readonly string[] _names = ["text", "audio", "face+hands"];

    [Fact]
    public void A_set_is_an_observation_of_every_step()
    {
        Observation observed = ModalitySet.Of(0, 2);
        Assert.Equal((true, false, 2, "text+(face+hands)"), (observed.IsWhole, observed.IsEmpty, observed.Count, observed.Describe(_names)));
        Assert.Equal([true, false, true], new[] { 0, 1, 2 }.Select(observed.Contains));
        Assert.Null(observed.StepsOf(0));
        Assert.Equal(default, Observation.Of(default));
    }

    [Fact]
    public void Of_a_modality_some_steps_may_be_observed()
    {
        var observed = Observation.Of(ModalitySet.Of(0, 2)).WithSteps(1, true, false, true);
        Assert.Equal((false, 3, "text+audio(2 of 3)+(face+hands)"), (observed.IsWhole, observed.Count, observed.Describe(_names)));
        Assert.Equal([true, false, true], observed.StepsOf(1));
        Assert.Equal(ModalitySet.Of(0), observed.And(ModalitySet.Of(0)));
        Assert.Equal(ModalitySet.Of(0, 2), observed.Without(ModalitySet.Of(1)));
        Assert.Equal("audio(2 of 3)", observed.And(ModalitySet.Of(1)).Describe(_names));
        Assert.Equal(ModalitySet.All(3), observed.WithSteps(1, true, true, true)); // the last word counts
        Assert.Equal(ModalitySet.Of(0, 2), observed.WithSteps(1, false, false));
    }

    [Fact]
    public void The_same_is_observed_however_it_was_said() =>
        Gen.Select(Gen.Bool.Array[4].Array[3], Gen.Shuffle((int[])[0, 1, 2])).Sample((steps, order) =>
        {
            Observation Say(IEnumerable<int> modalities) => modalities.Aggregate(default(Observation), (said, m) => said.WithSteps(m, steps[m]));
            var (one, other) = (Say([0, 1, 2]), Say(order));
            Assert.True(one == other && one.GetHashCode() == other.GetHashCode());
            Assert.Equal(steps.All(s => s.Distinct().Count() == 1), one.IsWhole);
            Assert.Equal(ModalitySet.Of([.. Enumerable.Range(0, 3).Where(m => steps[m].Contains(true))]), one.Modalities);
            var changed = one.WithSteps(1, [.. steps[1].Select((s, i) => i == 2 ? !s : s)]);
            Assert.True(one != changed);
        }, iter: 500, threads: 1);
}
