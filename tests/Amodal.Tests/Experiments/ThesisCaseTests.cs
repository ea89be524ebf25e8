using Amodal.Experiments;
using Amodal.Missingness;

namespace Amodal.Tests.Experiments;

public class ThesisCaseTests
{
    [Theory]
    [InlineData(null, "MOSI", "data.npz")]
    [InlineData(null, "MOSEI", "CMU-MOSEI.pkl", "mosei-2.npz")]
    [InlineData(null, "MOSI", "mosei.npz", "mosi.npz")]
    [InlineData("MOSI", "MOSI", "mosei.npz")]
    public void The_files_names_tell_whose_numbers_stand_beside_ours_unless_it_is_said(string? said, string expected, params string[] files) =>
        Assert.Equal(expected, Reference.DataSetOf(new ExperimentRequest { DataFiles = files, Folder = "nowhere", ThesisData = said }));

    private static readonly string[] _usual = ["text", "audio", "vision"];

    [Theory]
    [InlineData("l", "fixed", "text")]
    [InlineData("v+a", "fixed", "audio+vision")] // in the data set's order
    [InlineData("l+v+a", "fixed", "text+audio+vision")]
    [InlineData("average of six", "fixed", "average-incomplete")]
    [InlineData("average of seven", "fixed", "average-all")]
    [InlineData("MR=0.0", "random", "MR=0")]
    [InlineData("MR=0.7", "random", "MR=0.7")]
    [InlineData("average", "random", "average-rates")]
    public void The_thesiss_cases_are_ours(string name, string protocol, string ours) =>
        Assert.Equal(new ThesisCase(name, protocol, ours, true), ThesisCase.Resolve(name, _usual));

    [Theory]
    [InlineData("language", "acoustic", "visual")]
    [InlineData("v", "l", "a")]
    [InlineData("Text_BERT", "audio_covarep", "vision_openface")]
    public void Modalities_are_known_by_their_names_in_any_order(params string[] names) => Assert.True(new ModalityRoles(names).AreTheThesis);

    [Fact]
    public void Two_modalities_have_only_the_cases_they_can_have()
    {
        string[] two = ["text", "acoustic"];
        Assert.Equal("text+acoustic", ThesisCase.Resolve("l+a", two)!.Ours);
        Assert.Null(ThesisCase.Resolve("v", two));
        Assert.Null(ThesisCase.Resolve("l+v", two));
        Assert.Null(ThesisCase.Resolve("MR=0.7", two)); // at most a half is missing
        Assert.False(ThesisCase.Resolve("average of six", two)!.IsComparable); // an average of two
        Assert.False(ThesisCase.Resolve("MR=0.3", two)!.IsComparable);
    }

    [Fact]
    public void Modalities_of_other_names_have_averages_only()
    {
        string[] other = ["eeg", "gaze", "pulse"];
        Assert.Null(ThesisCase.Resolve("l", other));
        Assert.False(ThesisCase.Resolve("average of seven", other)!.IsComparable);
    }
}
