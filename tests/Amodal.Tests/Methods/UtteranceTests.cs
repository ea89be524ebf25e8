using Amodal.Methods;
using Amodal.Missingness;

namespace Amodal.Tests.Methods;

/// <summary>Utterances as named arrays, and what a method gets of them.</summary>
public class UtteranceTests
{
    private static readonly MethodCard _card = new("known", [new("text", 3, 2), new("sound", 1, 2)]);

    [Fact]
    public void Arrays_go_by_name_and_steps_are_padded_behind_or_cut()
    {
        var notes = new List<string>();
        var rows = Utterance.Together(
        [
            new Utterance("a") { ["sound"] = new float[,] { { 5, 6 } }, ["text"] = new float[,] { { 1, 2 } } },
            new Utterance("b") { ["text"] = new float[,] { { 1, 2 }, { 3, 4 }, { 5, 6 }, { 7, 8 } }, ["smell"] = new float[,] { { 1 } } },
            new Utterance("c") { ["TEXT"] = new float[,] { { 1, 2 }, { 3, 4 }, { 5, 6 }, { 0, 0 } }, ["smell"] = new float[,] { { 1 } } },
        ], _card, notes.Add);
        Assert.Equal([1, 2, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6], rows.Features[0].Values);
        Assert.Equal([5, 6, float.NaN, float.NaN, float.NaN, float.NaN], rows.Features[1].Values);
        Assert.Equal(["a", "b", "c"], rows.Ids);
        Assert.Equal(["'smell' is ignored: known was trained on text, sound.", "'text' has more steps than the 3 that known was trained on: the rest was cut."], notes);
    }

    [Fact]
    public void Steps_are_padded_in_front_where_they_were_in_training()
    {
        var rows = Utterance.Together(
            [new Utterance("a") { ["text"] = new float[,] { { 1, 2 } } }, new Utterance("b") { ["text"] = new float[,] { { 0, 0 }, { 1, 2 }, { 3, 4 }, { 5, 6 } } }],
            _card with { PaddedInFront = ["text"] });
        Assert.Equal([0, 0, 0, 0, 1, 2, 1, 2, 3, 4, 5, 6], rows.Features[0].Values);
    }

    [Fact]
    public void What_is_absent_empty_or_wholly_NaN_is_missing_and_a_single_NaN_is_not()
    {
        float[,] text = { { 1, 2 } }, nothing = { { float.NaN, float.NaN } }, half = { { float.NaN, 1 } };
        var rows = Utterance.Together(
        [
            new Utterance(1) { ["text"] = text },
            new Utterance(2) { ["text"] = text, ["sound"] = null },
            new Utterance(3) { ["text"] = text, ["sound"] = new float[0, 2] },
            new Utterance(4) { ["text"] = nothing, ["sound"] = half },
        ], _card);
        Assert.Equal([ModalitySet.Of(0), ModalitySet.Of(0), ModalitySet.Of(0), ModalitySet.Of(1)], Presence.Of(rows));
        Assert.Equal(["1", "2", "3", "4"], rows.Ids);
    }

    [Fact]
    public void Another_width_is_refused_with_both() => Refused(
        new Utterance("x") { ["text"] = new float[2, 5] }, "utterance 'x': modality 'text': has 5 features a step, but known was trained on 2");

    [Fact]
    public void An_utterance_of_none_of_the_modalities_is_refused()
    {
        Refused(new Utterance("x"), "utterance 'x': modalities: are none, but known was trained on text, sound");
        Refused(new Utterance { ["smell"] = new float[1, 1] }, "are smell, but known was trained on text, sound");
    }

    [Fact]
    public void Numbers_that_are_no_whole_steps_are_refused() =>
        Assert.Contains("5 numbers, which are no whole steps of 2", Assert.Throws<ArgumentException>(() => new Utterance().Set("text", [1, 2, 3, 4, 5], 2)).Message, StringComparison.Ordinal);

    private static void Refused(Utterance utterance, string expected) =>
        Assert.Contains(expected, Assert.Throws<InputException>(() => Utterance.Together([utterance], _card)).Message, StringComparison.Ordinal);
}
