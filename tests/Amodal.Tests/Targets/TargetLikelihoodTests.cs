using Amodal.Targets;
using static TorchSharp.torch;

namespace Amodal.Tests.Targets;

public class TargetLikelihoodTests
{
    private static readonly Target _classes = new ClassTarget(["a", "b", "c"]);

    [Fact]
    public void A_score_has_the_likelihood_of_a_gaussian_and_classes_that_of_their_probabilities()
    {
        using var scope = NewDisposeScope();
        Assert.Equal((2, 3), (TargetLikelihood.Width(Target.Score), TargetLikelihood.Width(_classes)));
        // (y - mean)^2 = 4, variance 2: -(4 / 2 + ln 2) / 2.
        Near([-(2 + Math.Log(2)) / 2], TargetLikelihood.Log(Target.Score, tensor(new[] { 1f, (float)Math.Log(2) }, [1, 2]), TargetLikelihood.OfLabels(Target.Score, tensor(new[] { 3f }))));
        // Logits 0, ln 2, ln 5 are probabilities 1/8, 2/8, 5/8.
        var logits = tensor(new[] { 0f, (float)Math.Log(2), (float)Math.Log(5) }, [1, 3]);
        Near([Math.Log(0.25)], TargetLikelihood.Log(_classes, logits, TargetLikelihood.OfLabels(_classes, tensor(new[] { 1f }))));
        // Believed by a head with the same logits: less the entropy.
        Near([(Math.Log(1 / 8.0) / 8) + (Math.Log(0.25) / 4) + (Math.Log(5 / 8.0) * 5 / 8)], TargetLikelihood.Log(_classes, logits, TargetLikelihood.OfOutputs(_classes, logits)));
    }

    [Fact]
    public void Several_labels_add_up_and_one_that_is_not_known_adds_nothing()
    {
        using var scope = NewDisposeScope();
        var several = new SeveralTarget([("mood", _classes), ("strength", Target.Score)]);
        Assert.Equal(5, TargetLikelihood.Width(several));
        var outputs = tensor(new[] { 0f, 0, 0, 1, 0 }).repeat(4, 1).requires_grad_();
        var beliefs = TargetLikelihood.OfLabels(several, tensor(new[] { 2f, 3, 2, float.NaN, float.NaN, 3, float.NaN, float.NaN }, [4, 2]));
        Assert.Equal([4, several.Width], beliefs.shape);
        var log = TargetLikelihood.Log(several, outputs, beliefs);
        Near([-Math.Log(3) - 2, -Math.Log(3), -2, 0], log);
        log.sum().backward();
        Assert.True(outputs.grad!.isfinite().all().item<bool>());
        // A head's own width: the score is one number there.
        Near([0.2, 0.3, 0.5, 7], TargetLikelihood.OfOutputs(several, tensor(new[] { (float)Math.Log(2), (float)Math.Log(3), (float)Math.Log(5), 7 }, [1, 4])));
    }

    private static void Near(double[] expected, Tensor actual) =>
        Relative.Equal([.. expected.Select(x => (float)x)], actual.detach().contiguous().data<float>().ToArray(), 10 * Relative.Rounding);
}
