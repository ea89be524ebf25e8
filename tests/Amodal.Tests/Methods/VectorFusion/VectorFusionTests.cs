using Amodal.Methods;
using Amodal.Methods.VectorFusion;
using Amodal.Missingness;
using Amodal.Targets;
using Amodal.Tests.Methods.Fills;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.VectorFusion;

public class VectorFusionTests
{
    [Fact]
    public void Late_fusion_is_the_mean_of_what_each_observed_modality_says_alone_and_hybrid_that_of_late_and_early()
    {
        using var scope = NewDisposeScope();
        Stage.SeedTorch(1);
        var context = new VectorContext([3, 4, 2], Target.Score, new ExperimentOptions());
        using var late = new VectorFusionNetwork(context, new LateFusionOptions(), isEarly: false, isLate: true);
        using var early = new VectorFusionNetwork(context, new EarlyFusionOptions(), isEarly: true, isLate: false);
        using var hybrid = new VectorFusionNetwork(context, new HybridFusionOptions(), isEarly: true, isLate: true);
        hybrid.load_state_dict(late.state_dict().Concat(early.state_dict()).ToDictionary(p => p.Key, p => p.Value));
        new List<VectorFusionNetwork> { late, early, hybrid }.ForEach(n => n.eval());
        using var noGradient = no_grad();
        var (first, last) = (late.Predict(Rows(0)), late.Predict(Rows(2)));
        Relative.Equal((first + last) / 2, late.Predict(Rows(0, 2)), Relative.Network, size: 1);
        Relative.Equal((early.Predict(Rows(0, 2)) + late.Predict(Rows(0, 2))) / 2, hybrid.Predict(Rows(0, 2)), Relative.Network, size: 1);
        Assert.False(early.Predict(Rows(0)).Equals(early.Predict(Rows(0) with { Given = ones(6, 3), Truth = [Rows(0).Truth[0], zeros(6, 4), zeros(6, 2)] }))); // a modality of zeros is not one that is missing
    }

    private static VectorBatch Rows(params int[] observed)
    {
        var set = ModalitySet.Of(observed);
        var given = tensor([.. Enumerable.Range(0, 6 * 3).Select(i => set.Contains(i % 3) ? 1f : 0f)], [6, 3]);
        return new([SimpleFillTests.Normal(6, 3), SimpleFillTests.Normal(6, 4, seed: 2), SimpleFillTests.Normal(6, 2, seed: 3)], given, ones(6, 3));
    }
}
