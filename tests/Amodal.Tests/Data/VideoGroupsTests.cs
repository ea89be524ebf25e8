using Amodal.Data;

namespace Amodal.Tests.Data;

public class VideoGroupsTests
{
    [Theory]
    [InlineData("a$_$1 a$_$2 b_1$_$1", "a a b_1")] // MMSA
    [InlineData("03bSnISJMiM[0] 03bSnISJMiM[11] -x_1[2]", "03bSnISJMiM 03bSnISJMiM -x_1")] // CMU SDK
    [InlineData("dia0_utt0 dia0_utt10 dia12_utt0 train_dia3_utt0", "dia0 dia0 dia12 train_dia3")] // MELD
    [InlineData("Ses01F_impro01_F000 Ses01F_impro01_M012 Ses05M_script03_2_M000", "Ses01F_impro01 Ses01F_impro01 Ses05M_script03_2")] // IEMOCAP
    [InlineData("a_1_0.5_11.5 a_1_11.5_20 -_b_3_4.25", "a_1 a_1 -_b")] // MulT
    [InlineData("a_1 a_2 b_1 c_1 d_1 e_7", "a a b c d e")]
    [InlineData("a_1 a_2 b_1", "a_1 a_2 b_1")] // too few to be sure
    [InlineData("a_1_2 b_1_2 c_1_2 d_1_2 e_2_1", "a_1 b_1 c_1 d_1 e_2")] // whole numbers, not times
    [InlineData("a_1 b_1 c_1 d_1 e_1 v[3]", "a b c d e v")]
    [InlineData("x y [3] _1 dia_utt1 Ses1F_F000", "x y [3] _1 dia_utt1 Ses1F_F000")]
    public void Ids_tell_their_video(string ids, string videos) =>
        Assert.Equal(videos.Split(' '), ids.Split(' ').Select(VideoGroups.Of(ids.Split(' '))));

    [Fact]
    public void What_the_file_says_goes_before_the_ids()
    {
        var data = Examples.DataSet(1, [2, 1], id: (split, row) => $"{split}$_${row}");
        Split[] splits = [new("train", data["train"].Ids, data["train"].Labels, data["train"].Features, ["x", "y"]), data["valid"]];
        var videoOf = VideoGroups.Of(new DataSet("a", data.Modalities, splits, ""));
        Assert.Equal(["x", "y", "valid"], new[] { "train$_$0", "train$_$1", "valid$_$0" }.Select(videoOf));
    }
}
