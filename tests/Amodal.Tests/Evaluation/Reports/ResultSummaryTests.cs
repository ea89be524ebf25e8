using Amodal.Evaluation;
using Amodal.Evaluation.Reports;
using Amodal.Targets;

namespace Amodal.Tests.Evaluation.Reports;

public class ResultSummaryTests
{
    private const string Acc2 = ScoreTarget.Acc2NonZero;
    private const string Units = "95 % intervals over 83 videos, 686 utterances";

    [Fact]
    public void Five_lines_say_what_came_out()
    {
        var summary = Of(
            [Difference("majority", 0.2, 0.15, 0.25), Difference("zero-fill", 0.003, -0.005, 0.012), Difference("dropout-trained", -0.011, -0.02, -0.002)],
            [
                Effect("text", ModalityEffect.Lost, null, 0.2, 0.15, 0.25), Effect("audio", ModalityEffect.Lost, null, 0.004, -0.006, 0.01),
                Effect("text", ModalityEffect.Alone, null, 0.01, 0.002, 0.02), Effect("audio", ModalityEffect.Alone, null, 0.2, 0.1, 0.3),
                Effect("text", ModalityEffect.Over, "audio", 0.196, 0.14, 0.24),
            ]);
        Assert.Equal(
        [
            "ours reaches ACC2 71.2 % (69.0 to 73.1) on average over the incomplete observed sets, and 74.0 % (72.0 to 76.0) with all observed. With 95 % intervals over 83 videos, 686 utterances.",
            "It beats 1 of 3 baselines beyond chance. It is better than majority by 20.0 points (15.0 to 25.0); worse than dropout-trained by 1.1 (0.2 to 2.0); "
                + "not to be told from zero-fill (+0.3, \u22120.5 to +1.2: no more than chance).",
            "Losing text costs 20.0 points (15.0 to 25.0), losing audio costs no more than chance (+0.4, \u22120.6 to +1.0).",
            "text matters most: losing it costs 19.6 points (14.0 to 24.0) more than losing audio, the next.",
            "All modalities together do better than any alone; text comes closest, 1.0 points (0.2 to 2.0) below.",
        ], summary.Lines);
        Assert.Equal(summary.Lines[1], summary.Verdict);
        Assert.Null(summary.Warning);
    }

    [Fact]
    public void All_observed_that_do_worse_than_one_alone_are_a_warning()
    {
        var summary = Of([], [Effect("text", ModalityEffect.Alone, null, -0.02, -0.035, -0.005), Effect("audio", ModalityEffect.Alone, null, 0.2, 0.1, 0.3)]);
        Assert.Equal("Warning: with all observed it does worse than with text alone, by 2.0 points (0.5 to 3.5).", summary.Warning);
        Assert.Equal(summary.Warning, summary.Lines[^1]);
        Assert.Equal("No baseline stands beside it.", summary.Verdict);
    }

    [Fact]
    public void What_an_interval_does_not_tell_apart_is_called_chance()
    {
        var summary = Of([Difference("majority", 0.01, -0.01, 0.03)],
        [
            Effect("text", ModalityEffect.Lost, null, 0.05, 0.01, 0.09), Effect("audio", ModalityEffect.Lost, null, 0.06, 0.02, 0.1),
            Effect("text", ModalityEffect.Over, "audio", -0.01, -0.03, 0.02), Effect("text", ModalityEffect.Alone, null, 0.01, -0.01, 0.02),
        ]);
        Assert.StartsWith("It beats no baseline beyond chance.", summary.Verdict, StringComparison.Ordinal);
        Assert.Contains("audio costs most, but it cannot be told from text (+1.0, \u22122.0 to +3.0).", summary.Lines);
        Assert.Contains("All modalities together cannot be told from text alone (+1.0, \u22121.0 to +2.0): the others add no more than chance.", summary.Lines);
        Assert.Contains("No modality is missed beyond chance when the others are there.",
            Of([], [Effect("text", ModalityEffect.Lost, null, 0.01, -0.01, 0.03)]).Lines);
    }

    [Fact]
    public void The_error_speaks_where_a_constant_has_every_sign_right()
    {
        ResultRow[] rows = [Row("ours", "average-incomplete", 1, 0.4), Row("ours", "a+b", 1, 0.3), Row("majority", "average-incomplete", 1, 0.6)];
        var summary = ResultSummary.Of("ours", Units, rows, [new PairedDifference("ours", "majority", "average-incomplete", ScoreTarget.Mae, new(-0.2, -0.3, -0.1))], [])!;
        Assert.StartsWith("ours reaches MAE 0.400", summary.Lines[0], StringComparison.Ordinal);
        Assert.Equal("It beats every baseline beyond chance. It is better than majority by 0.200 of MAE (0.100 to 0.300).", summary.Verdict);
    }

    [Fact]
    public void Without_the_fixed_protocol_the_highest_missing_rate_speaks()
    {
        ResultRow[] rows = [Row("ours", "MR=0.3", 0.7, 1, "random"), Row("ours", "MR=0.7", 0.6, 1, "random")];
        Assert.Contains("60.0 % (58.0 to 62.0) at the missing rate 0.7.", ResultSummary.Of("ours", Units, rows, [], [])!.Lines[0], StringComparison.Ordinal);
        Assert.Null(ResultSummary.Of("other", Units, rows, [], []));
        Assert.Null(ResultSummary.Of("ours", Units, [], [], []));
    }

    [Fact]
    public void Numbers_that_are_none_do_not_pass_for_a_result()
    {
        var summary = Of([Difference("majority", double.NaN, double.NaN, double.NaN)], [Effect("text", ModalityEffect.Lost, null, double.NaN, double.NaN, double.NaN)]);
        Assert.StartsWith("It beats no baseline beyond chance.", summary.Verdict, StringComparison.Ordinal);
        Assert.Equal(2, summary.Lines.Count);
    }

    [Fact]
    public void What_has_no_interval_is_not_beyond_chance()
    {
        var none = double.NaN;
        var summary = Of([Difference("majority", 1, none, none), Difference("zero-fill", -1, none, none)],
        [
            Effect("text", ModalityEffect.Lost, null, 1, none, none), Effect("text", ModalityEffect.Alone, null, -1, none, none),
        ]);
        Assert.Equal("It beats no baseline beyond chance. It is not to be told from majority (+100.0, no interval) and zero-fill (\u2212100.0, no interval).", summary.Verdict);
        Assert.Contains("What losing text costs cannot be told from chance (+100.0, no interval).", summary.Lines);
        Assert.Contains("All modalities together cannot be told from text alone (\u2212100.0, no interval).", summary.Lines);
        Assert.Null(summary.Warning);
    }

    private static ResultSummary Of(PairedDifference[] differences, ModalityEffect[] effects) => ResultSummary.Of("ours", Units,
        [
            new("ours", "fixed", "text+audio", 10, new Dictionary<string, Estimate> { [Acc2] = new(0.74, 0.72, 0.76) }),
            new("ours", "fixed", "average-incomplete", 10, new Dictionary<string, Estimate> { [Acc2] = new(0.712, 0.69, 0.731) }),
        ], differences, effects)!;

    private static PairedDifference Difference(string rival, double value, double low, double high) => new("ours", rival, "average-incomplete", Acc2, new(value, low, high));

    private static ModalityEffect Effect(string modality, string kind, string? other, double value, double low, double high) =>
        new("ours", modality, kind, other, Acc2, new(value, low, high));

    private static ResultRow Row(string method, string observed, double accuracy, double error, string protocol = "fixed") => new(method, protocol, observed, 10,
        new Dictionary<string, Estimate> { [Acc2] = new(accuracy, accuracy - 0.02, accuracy + 0.02), [ScoreTarget.Mae] = new(error, error - 0.02, error + 0.02) });
}
