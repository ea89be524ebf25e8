using Amodal.Data;
using Amodal.Evaluation;
using Amodal.Experiments;
using Amodal.Experiments.Tables;
using Amodal.Missingness;
using Amodal.Targets;
using Amodal.Tests.Training;

namespace Amodal.Tests.Experiments;

/// <summary>Rows beside the reference row, of predictions that are made up: nothing is trained.</summary>
public class RowPairsTests
{
    private const string Grid = """
        base: cpu-speed
        cases: l, average of six
        metrics: mae
        reference: second
        rows:
          first:
          second:
          third:
        """;

    private static readonly Modality[] _modalities = [new("text", 1, 1), new("audio", 1, 1), new("vision", 1, 1)];

    // Six videos of four utterances.
    private static readonly DataSet _data = TinyRun.WithIds(TinyRun.MakeData(_modalities, [4, 4, 24]), (split, row) => $"{split}{row / 4}$_${row % 4}");

    [Fact]
    public void Each_row_less_the_reference_by_video_and_over_training_seeds()
    {
        var gather = new Gather([_data], Plan.Parse("t", Grid).Evaluation(maskSeeds: 1), trainings: 2);
        var found = gather.Differences(Made("third"), Made("second")).Single(p => p is { Case: ProtocolEvaluator.AverageIncomplete, Metric: ScoreTarget.Mae });
        Assert.Equal(("third", "second"), (found.Method, found.Baseline));
        var truth = _data["test"].Labels;
        string[] videos = [.. _data["test"].Ids.Select(id => id.Split("$_$")[0])];
        var expected = Bootstrap.Difference(
            truth, [.. Enumerable.Range(0, 2).Select(seed => Incomplete("third", seed))], [.. Enumerable.Range(0, 2).Select(seed => Incomplete("second", seed))], seed: 1, videos)[ScoreTarget.Mae];
        Assert.Equal(expected, found.Difference);
        var single = Bootstrap.Difference(truth, Incomplete("third", 0), Incomplete("second", 0), seed: 1)[ScoreTarget.Mae];
        Assert.NotEqual(single.Low, Bootstrap.Difference(truth, Incomplete("third", 0), Incomplete("second", 0), seed: 1, videos)[ScoreTarget.Mae].Low);
    }

    [Theory]
    [InlineData(-2, -1, true)]
    [InlineData(1, 2, true)]
    [InlineData(-1, 1, false)]
    public void A_difference_beyond_chance_is_marked(double low, double high, bool marked)
    {
        var plan = Plan.Parse("t", Grid);
        var table = Assert.Single(ResultsTable.Pairs(plan, [.. _modalities.Select(m => m.Name)], [
            new PairedDifference("first", "second", ProtocolEvaluator.AverageIncomplete, ScoreTarget.Mae, new Estimate((low + high) / 2, low, high)),
            new PairedDifference("first", "second", ProtocolEvaluator.AverageAll, ScoreTarget.Mae, new Estimate(0, 0, 0)), // no case of the table
        ]));
        Assert.Equal("Rows in pairs: each less second", table.Title);
        Assert.Equal(marked, Assert.Single(table.Rows)[2].IsMarked);
    }

    [Fact]
    public void One_row_has_no_pair() => Assert.Empty(ResultsTable.Pairs(Plan.Parse("t", Grid), [.. _modalities.Select(m => m.Name)], []));

    private static List<float[]> Incomplete(string label, int seed) => [.. Patterns.Incomplete(3).Select(o => Predict(label, seed, o))];

    private static MethodPredictions Made(string label) => new(label, observed => Predict(label, 0, observed), observed => Predict(label, 1, observed));

    /// <summary>The truth and an error that differs by row, seed, observed set and utterance.</summary>
    private static float[] Predict(string label, int seed, Observation observed) =>
        [.. _data["test"].Labels.Select((y, i) => y + (float)Math.Sin((label[0] * 31) + (seed * 7) + observed.Modalities.Bits + (i * i)))];
}
