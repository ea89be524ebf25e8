using Amodal.Data;
using Amodal.Evaluation;
using Amodal.Missingness;
using Amodal.Reproduction;
using Amodal.Targets;
using Amodal.Tests.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Reproduction;

/// <summary>Rows beside the reference row, of predictions that are made up: nothing is trained.</summary>
public class RowPairsTests
{
    private const string Grid = """
        base: demo
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
        var plan = TablePlan.Parse("t", Grid);
        var pool = Pool(trainingSeeds: 2);
        var bySeed = plan.Rows.ToDictionary(r => r, r => (IReadOnlyList<RowResult>)[Made(r.Label, 0), Made(r.Label, 1)]);
        var pairs = RowPairs.Compare(plan, pool, bySeed, default);

        Assert.Equal(["first", "third"], pairs.Select(p => p.Method).Distinct());
        Assert.All(pairs, p => Assert.Equal("second", p.Rival));
        var truth = _data["test"].Labels;
        string[] videos = [.. _data["test"].Ids.Select(id => id.Split("$_$")[0])];
        var expected = SeedPooling.Pool([.. Enumerable.Range(0, 2).Select(seed =>
            Bootstrap.Difference(truth, Incomplete("third", seed), Incomplete("second", seed), seed: 1, videos)[ScoreTarget.Mae])]);
        var found = pairs.Single(p => p is { Method: "third", Case: ProtocolEvaluator.AverageIncomplete, Metric: ScoreTarget.Mae }).Difference;
        Assert.Equal((expected.Value, expected.Low, expected.High), (found.Value, found.Low, found.High));
        var single = Bootstrap.Difference(truth, Incomplete("third", 0), Incomplete("second", 0), seed: 1)[ScoreTarget.Mae];
        Assert.NotEqual(single.Low, Bootstrap.Difference(truth, Incomplete("third", 0), Incomplete("second", 0), seed: 1, videos)[ScoreTarget.Mae].Low);
    }

    [Theory]
    [InlineData(-2, -1, true)]
    [InlineData(1, 2, true)]
    [InlineData(-1, 1, false)]
    public void A_difference_beyond_chance_is_marked(double low, double high, bool marked)
    {
        var plan = TablePlan.Parse("t", Grid);
        var table = Assert.Single(RowPairs.ToTable(plan, Pool(), [
            new PairedDifference("first", "second", ProtocolEvaluator.AverageIncomplete, ScoreTarget.Mae, new Estimate((low + high) / 2, low, high)),
            new PairedDifference("first", "second", ProtocolEvaluator.AverageAll, ScoreTarget.Mae, new Estimate(0, 0, 0)), // no case of the table
        ]));
        Assert.Equal("Rows in pairs: each less second", table.Title);
        Assert.Equal(marked, Assert.Single(table.Rows)[2].IsMarked);
    }

    [Fact]
    public void One_row_has_no_pair()
    {
        var plan = TablePlan.Parse("t", Grid);
        Assert.Empty(RowPairs.Compare(plan, Pool(), new Dictionary<PlannedRow, IReadOnlyList<RowResult>> { [plan.Rows[0]] = [Made("first", 0)] }, default));
        Assert.Empty(RowPairs.ToTable(plan, Pool(), []));
    }

    private static RunPool Pool(int trainingSeeds = 1) =>
        new(new ReproductionOptions { DataFiles = ["data.npz"], Folder = "nowhere", TrainingSeeds = trainingSeeds }, [_data], CPU, progress: null);

    private static List<float[]> Incomplete(string label, int seed) => [.. Patterns.Incomplete(3).Select(o => Predict(label, seed, o))];

    private static RowResult Made(string label, int seed) => new(null!, Patterns.All(3).ToDictionary(o => o.Bits, o => Predict(label, seed, o)));

    /// <summary>The truth and an error that differs by row, seed, observed set and utterance.</summary>
    private static float[] Predict(string label, int seed, ModalitySet observed) =>
        [.. _data["test"].Labels.Select((y, i) => y + (float)Math.Sin((label[0] * 31) + (seed * 7) + observed.Bits + (i * i)))];
}
