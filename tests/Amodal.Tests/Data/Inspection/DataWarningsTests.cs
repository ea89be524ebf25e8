using Amodal.Data;
using Amodal.Data.Inspection;

namespace Amodal.Tests.Data.Inspection;

public class DataWarningsTests
{
    private static readonly Modality[] Modalities = [new("a", 2, 1), new("b", 1, 1)];

    [Theory]
    [InlineData(new float[] { 1, 2, float.NaN, float.NaN, 0, float.NaN, 3, 4 }, "'a' in train has no number in 2 of 4 rows: the modality is missing there")]
    [InlineData(new float[] { 1, 2, 0, 0, 5, 6, 3, 4 }, "'a' in train is all zero in 1 of 4 rows: the modality may be missing there")]
    [InlineData(new float[] { 0, 0, 0, 0, 0, float.NaN, 0, 0 }, "'a' in train holds nothing in any row")]
    [InlineData(new float[] { 7, 7, 7, float.NaN, 7, 7, 7, 0 }, "'a' in train is the same in every row and step")]
    [InlineData(new float[] { 1, 2, float.NaN, 2, 3, 4, 5, 6 }, "'a' in train has 1 NaN or infinite numbers; the training mean stands for them")]
    public void Features_that_hold_little_are_told(float[] values, string expected)
    {
        var data = Make(("train", ["v$_$1", "v$_$2", "w$_$1", "w$_$2"], [-1.5f, 0, 0.5f, 1], values));
        Assert.Contains(data.Notes, note => note.StartsWith(expected, StringComparison.Ordinal));
        Assert.Contains(DataInspector.Inspect(data).Oddities, note => note.StartsWith(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(new float[] { 0, 1, 2, 1 }, "Labels are 3 different whole numbers from 0 to 2 and look like classes", false)] // 4 labels are too few for 3 classes
    [InlineData(new float[] { 0, 1, 0, 1 }, "Labels are 2 different whole numbers from 0 to 1 and look like classes", true)]
    [InlineData(new float[] { 0, 1, 0, 1.5f }, "look like classes", false)]
    [InlineData(new float[] { 0.5f, 1, 2, 1 }, "No label of train is negative: two-class accuracy has no meaning for them.", true)]
    [InlineData(new float[] { -0.5f, 0, -2, -1 }, "No label of train is positive: two-class accuracy has no meaning for them.", true)]
    [InlineData(new float[] { -0.5f, 0, -2, 1 }, "two-class accuracy", false)]
    [InlineData(new float[] { 1, 1, 1, 1 }, "All labels of train are the same.", true)]
    public void Labels_that_are_no_degrees_or_have_no_sign_are_told(float[] labels, string expected, bool isTold)
    {
        var data = Make(("train", ["v$_$1", "v$_$2", "w$_$1", "w$_$2"], labels, [1, 2, 3, 4, 5, 6, 7, 8]));
        Assert.Equal(isTold, data.Notes.Any(note => note.Contains(expected, StringComparison.Ordinal)));
    }

    [Fact]
    public void Ids_and_videos_in_two_splits_and_ids_without_videos_are_told()
    {
        (string, string[], float[], float[]) train = ("train", ["v$_$1", "v$_$2"], [-1, 1], [1, 2, 3, 4]);
        Assert.Empty(Make(train, ("test", ["w$_$1", "w$_$2"], [-0.5f, 1], [1, 2, 3, 4])).Notes);
        var notes = Make(train, ("test", ["v$_$1", "v$_$3"], [-0.5f, 1], [5, 2, 3, 4])).Notes;
        Assert.Contains(notes, note => note.StartsWith("1 ids are in both train and test, such as 'v$_$1'", StringComparison.Ordinal));
        Assert.Contains(notes, note => note.StartsWith("1 videos have utterances in both train and test, such as 'v'", StringComparison.Ordinal));
        Assert.Contains(Make(("train", ["x", "y"], [-1.5f, 1], [1, 2, 3, 4])).Notes, note => note.StartsWith("As many videos as utterances were found", StringComparison.Ordinal));
    }

    private static DataSet Make(params (string Name, string[] Ids, float[] Labels, float[] Values)[] splits) => new("made", Modalities,
        [.. splits.Select(s => new Split(s.Name, s.Ids, s.Labels, [new(Modalities[0], s.Values), new(Modalities[1], [.. s.Labels.Select((_, i) => (float)i + 1)])]))], "");
}
