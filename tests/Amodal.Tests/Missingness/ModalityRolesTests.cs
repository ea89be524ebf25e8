using Amodal.Missingness;

namespace Amodal.Tests.Missingness;

public class ModalityRolesTests
{
    [Theory]
    [InlineData("covarep", "facet", "glove")]
    [InlineData("acoustic", "visual", "words")]
    [InlineData("opensmile", "openface", "transcript")]
    [InlineData("audio", "video", "text_bert")]
    [InlineData("CMU_MOSI_COVAREP", "CMU_MOSI_VisualFacet", "CMU_MOSI_TimestampedWordVectors")]
    [InlineData("a", "v", "l")]
    public void The_usual_names_say_what_is_language_acoustic_and_vision(string acoustic, string vision, string language)
    {
        var roles = new ModalityRoles([acoustic, vision, language]);
        Assert.Equal((2, 0, 1), (roles.Of("l"), roles.Of("a"), roles.Of("v")));
        Assert.True(roles.AreTheThesis);
    }

    [Fact]
    public void A_name_that_begins_with_a_word_comes_before_one_that_holds_it()
    {
        Assert.Equal(1, new ModalityRoles(["audio_text", "text"]).Of("l"));
        Assert.Equal(0, new ModalityRoles(["audio_text", "text"]).Of("a"));
    }

    [Fact]
    public void No_modality_has_two_roles()
    {
        var roles = new ModalityRoles(["speech_to_text", "face"]);
        Assert.Equal((null, 0, 1), (roles.Of("l"), roles.Of("a"), roles.Of("v")));
        Assert.Null(new ModalityRoles(["eeg", "pulse"]).Of("l"));
    }
}
