using Amodal.Data;
using Amodal.Evaluation;

namespace Amodal.Tests.Evaluation;

public class IntervalUnitsTests
{
    [Fact]
    public void Ids_that_name_videos_are_drawn_by_video()
    {
        var (units, groups) = Of([.. Enumerable.Range(0, 12).Select(i => $"v{i / 3}$_${i % 3}")]);
        Assert.Equal("95 % intervals over 4 videos, 12 utterances", units.Text);
        Assert.Equal([.. Enumerable.Range(0, 12).Select(i => $"v{i / 3}")], groups!);
        Assert.Contains("only 4 videos", Assert.Single(units.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Ids_that_name_no_videos_are_drawn_singly_and_the_data_say_so_once()
    {
        var (units, groups) = Of(["a", "b", "c"]);
        Assert.Equal("95 % intervals over 3 utterances", units.Text);
        Assert.Null(groups);
        Assert.Empty(units.Notes); // the data's own: As many videos as utterances were found
        Assert.Contains("no interval", Assert.Single(Of(["a"]).Units.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void One_video_leaves_nothing_to_draw_but_its_utterances()
    {
        var (units, groups) = Of(["v$_$1", "v$_$2"]);
        Assert.Null(groups);
        Assert.Equal("95 % intervals over 2 utterances of one video", units.Text);
        Assert.Contains("too narrow", Assert.Single(units.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Folds_are_drawn_together_and_a_video_in_two_of_them_is_one()
    {
        var (first, second) = (Data([.. Enumerable.Range(0, 30).Select(i => $"v{i % 25}$_${i}")]), Data([.. Enumerable.Range(0, 30).Select(i => $"v{20 + (i % 25)}$_${i}")]));
        var (units, groups) = IntervalUnits.Of([(first, first["test"]), (second, second["test"])], trainingSeeds: 3);
        Assert.Equal("95 % intervals over 3 training seeds and 45 videos, 60 utterances", units.Text);
        Assert.Equal(60, groups!.Count);
        Assert.Contains("3 trainings", Assert.Single(units.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Videos_that_the_data_name_count_and_not_those_of_the_ids()
    {
        var (units, groups) = Of([.. Enumerable.Range(0, 6).Select(i => $"v{i / 3}$_${i % 3}")], ["x", "y", "z", "x", "y", "z"]);
        Assert.Equal("95 % intervals over 3 videos, 6 utterances", units.Text);
        Assert.Equal(["x", "y", "z", "x", "y", "z"], groups!);
    }

    private static (IntervalUnits Units, IReadOnlyList<string>? Groups) Of(string[] ids, string[]? groups = null)
    {
        var data = Data(ids, groups);
        return IntervalUnits.Of([(data, data["test"])]);
    }

    private static DataSet Data(string[] ids, string[]? groups = null)
    {
        Modality[] modalities = [new("a", 1, 1), new("b", 1, 1)];
        return new DataSet("made up", modalities, [new Split("test", ids, new float[ids.Length], [.. modalities.Select(m => new FeatureArray(m, new float[ids.Length]))], groups)], new string('0', 64));
    }
}
