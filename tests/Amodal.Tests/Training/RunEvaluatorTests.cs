using Amodal.Evaluation;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Training;

public sealed class RunEvaluatorTests
{
    [Fact]
    public void Another_run_is_a_rival_on_the_same_utterances()
    {
        using var tiny = new TinyRun(TinyRun.TinyOptions, TinyRun.Even);
        tiny.Train();
        using var slow = tiny.Evaluator();
        using var same = new RunEvaluator([tiny.Directory.Path + "/"], dataFile: null, "test", CPU, "same");
        Assert.Equal(tiny.Directory.Path, same.Source);
        var options = new EvaluationOptions { MaskSeeds = 1, Random = false };
        var alike = same.Evaluate(options, against: slow);
        Assert.Contains(alike.Rows, r => r.Method == "tiny");
        Assert.All(Against(alike), d => Assert.Equal(0, d.Difference.Value, 12)); // means of equal numbers, up to rounding
        var other = Against(same.Evaluate(options, same.Sampler with { Nfe = 1 }, against: slow));
        Assert.Contains(other, d => d.Difference.Value != 0);

        static List<PairedDifference> Against(RunEvaluationResult result) => [.. result.Differences.Where(d => d.Rival == "tiny")];
    }

    [Fact]
    public void A_rival_has_another_name_and_the_same_utterances()
    {
        using var tiny = new TinyRun(TinyRun.TinyOptions, TinyRun.Even);
        tiny.Train();
        using var one = tiny.Evaluator();
        using var valid = new RunEvaluator([tiny.Directory.Path], dataFile: null, "valid", CPU, "other");
        Assert.Contains("--name", Assert.Throws<InputException>(() => one.Evaluate(new EvaluationOptions(), against: one)).Message, StringComparison.Ordinal);
        Assert.Contains("other utterances", Assert.Throws<InputException>(() => one.Evaluate(new EvaluationOptions(), against: valid)).Message, StringComparison.Ordinal);
    }
}
