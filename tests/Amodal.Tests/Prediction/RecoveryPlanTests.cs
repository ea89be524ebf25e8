using Amodal.Missingness;
using Amodal.Prediction;
using CsCheck;

namespace Amodal.Tests.Prediction;

public class RecoveryPlanTests
{
    [Theory]
    [InlineData(1, true, 3)]
    [InlineData(2, true, 9)] // enough rows for calls of their own
    [InlineData(1, false, 9)]
    [InlineData(16, true, 9)]
    [InlineData(17, true, 9 + 3)] // what is left of each set goes together
    public void All_six_sets_take_as_few_calls_as_pays(int rowsOfEach, bool mixes, int calls)
    {
        Observation[] observed = [.. Enumerable.Repeat(Patterns.Incomplete(3), rowsOfEach).SelectMany(s => s.Select(Observation.Of))];
        Assert.Equal(calls, RecoveryPlan.Divide(observed, 3, isJoint: false, mostRows: 16, mixes).Count);
    }

    [Fact]
    public void Joint_recovery_takes_all_that_a_set_lacks_at_once()
    {
        var parts = RecoveryPlan.Divide([.. Patterns.Incomplete(3)], 3, isJoint: true, mostRows: 16, mixes: true);
        Assert.Equal([2, 2, 2, 1, 1, 1], parts.Select(p => p.Targets.Count).OrderDescending());
        Assert.All(parts, p => Assert.Single(p.Observed));
    }

    [Fact]
    public void Every_missing_modality_of_every_utterance_is_recovered_once() =>
        Gen.Select(Gen.Int[0, 6].Array[0, 100], Gen.Bool, Gen.Bool, Gen.Int[1, 20]).Sample((sets, isJoint, mixes, mostRows) =>
        {
            var all = Patterns.All(3).ToList();
            Observation[] observed = [.. sets.Select(s => all[s])];
            var parts = RecoveryPlan.Divide(observed, 3, isJoint, mostRows, mixes);
            var wanted = observed.SelectMany((o, row) => ModalitySet.All(3).Without(o.Modalities).Members.Select(m => (row, m))).Order();
            Assert.Equal(wanted, parts.SelectMany(p => p.Rows.SelectMany(row => p.Targets.Select(m => (row, m)))).Order());
            Assert.All(parts, p =>
            {
                Assert.InRange(p.Rows.Count, 1, mostRows);
                Assert.Equal(p.Rows.Select(row => observed[row]), p.Observed);
                Assert.True(mixes || p.Observed.Distinct().Count() == 1);
            });
        });

    [Theory]
    [InlineData(1)]
    [InlineData(200)]
    public void Progress_sums_up_to_the_utterances(int rows)
    {
        Observation[] observed = [.. Enumerable.Range(0, rows).Select(i => new ModalitySet((uint)(1 + (i % 7))))];
        var parts = RecoveryPlan.Divide(observed, 3, isJoint: false, mostRows: 64, mixes: true);
        var told = new List<int>();
        var progress = new RecoveryProgress(told.Add, rows, parts);
        foreach (var part in parts)
        {
            progress.Add(part);
        }

        Assert.Equal(rows, told.Sum());
        Assert.All(told, count => Assert.True(count > 0));

        told.Clear();
        _ = new RecoveryProgress(told.Add, rows, []); // nothing is missing
        Assert.Equal([rows], told);
    }
}
