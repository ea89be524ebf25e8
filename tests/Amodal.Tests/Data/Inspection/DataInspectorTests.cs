using System.Text.Json;
using Amodal.Data;
using Amodal.Data.Inspection;

namespace Amodal.Tests.Data.Inspection;

public class DataInspectorTests
{
    [Fact]
    public void Numbers_are_those_of_the_data()
    {
        var report = DataInspector.Inspect(Make(["v$_$1", "v$_$2", "w$_$1"], [0, 0, 1, 7, 2, 7, 0, 0, 3, 7, 0, 0], [-1, 0, 4], [2, 1, 1]));
        var train = report.Splits[0];
        Assert.Equal((3, 2), (train.Count, train.Videos));
        Assert.Equal(new LabelReport(-1, 1, 4, Math.Sqrt(14.0 / 3), 1 / 3.0, 1 / 3.0, 1 / 3.0), train.Labels); // squares 4 + 1 + 9
        var a = train.Modalities[0];
        Assert.Equal([3, 2, 2], a.Shape);
        Assert.Equal(new LengthReport(true, 1, 4 / 3.0, 2), a.Lengths);
        Assert.Equal((0f, 7f, 0L, 0), (a.Min, a.Max, a.NonFiniteReplaced, a.AllZeroRows));
        Assert.Equal([1], a.ConstantColumns);
        Assert.Equal(PaddingSide.Mixed, a.Padding);
        Assert.Equal(new LengthReport(false, 1, 1, 1), train.Modalities[1].Lengths);
    }

    [Theory]
    [InlineData(new float[] { 0, 0, 1, 1, 1, 1, 1, 1 }, nameof(PaddingSide.Left))]
    [InlineData(new float[] { 1, 1, 0, 0, 1, 1, 1, 1 }, nameof(PaddingSide.Right))]
    [InlineData(new float[] { 1, 1, 1, 1, 0, 0, 0, 0 }, nameof(PaddingSide.None))]
    public void The_side_of_padding_is_seen(float[] values, string side)
    {
        var report = DataInspector.Inspect(Make(["a", "b"], values, [1, -1], null)).Splits[0].Modalities[0];
        Assert.Equal(side, report.Padding.ToString());
        Assert.Equal(side == nameof(PaddingSide.None) ? 1 : 0, report.AllZeroRows);
    }

    [Fact]
    public void Oddities_are_told()
    {
        var oddities = DataInspector.Inspect(Make(["v$_$1", "v$_$2", "w$_$1"], [0, 0, 1, 7, 2, 7, float.NaN, 7, 0, 0, 0, 0], [-1, 0, 4], [0, 2, 1])).Oddities;
        string[] expected = ["run from -1 to 4, outside [-3, 3]", "1 NaN or infinite numbers; the training mean stands for them", "1 constant features of 2: 1.", "all zero in 1 of 3 rows", "1 rows with more steps"];
        Assert.All(expected, text => Assert.Contains(oddities, oddity => oddity.Contains(text, StringComparison.Ordinal)));
    }

    [Fact]
    public void Ids_and_videos_in_two_splits_are_told()
    {
        var data = Make(["v$_$1", "v$_$2", "w$_$1"], new float[12], [-1, 0, 1], null);
        var train = data.Splits[0];
        Assert.DoesNotContain(DataInspector.Inspect(data).Oddities, oddity => oddity.Contains("both", StringComparison.Ordinal));
        var test = new Split("test", ["v$_$1", "v$_$3", "x$_$1"], train.Labels, train.Features);
        var oddities = DataInspector.Inspect(new DataSet("a", data.Modalities, [train, test], "")).Oddities;
        Assert.Contains(oddities, oddity => oddity.StartsWith("1 ids are in both train and test, such as 'v$_$1'", StringComparison.Ordinal));
        Assert.Contains(oddities, oddity => oddity.StartsWith("1 videos have utterances in both train and test, such as 'v'", StringComparison.Ordinal));
    }

    [Fact]
    public void The_report_goes_through_JSON()
    {
        var report = DataInspector.Inspect(Examples.DataSet(1, [3, 2]));
        var again = JsonSerializer.Deserialize<DataReport>(JsonSerializer.Serialize(report))!;
        Assert.Equal(report.Splits[1].Labels, again.Splits[1].Labels);
        Assert.Equal(report.Splits[0].Modalities[0].Shape, again.Splits[0].Modalities[0].Shape);
        Assert.Equal(report.Modalities, again.Modalities);
    }

    private static DataSet Make(string[] ids, float[] values, float[] labels, int[]? lengths)
    {
        Modality[] modalities = [new("a", 2, 2), new("b", 1, 1)];
        var split = new Split("train", ids, labels, [new(modalities[0], values, lengths), new(modalities[1], [.. Enumerable.Repeat(1f, ids.Length)])]);
        return new DataSet("made", modalities, [split], DataDigest.Compute(modalities, [split]));
    }
}
