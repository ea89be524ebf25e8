using Amodal.Methods;
using Amodal.Methods.ShaSpec;
using Amodal.Missingness;
using Amodal.Randomness;
using Amodal.Runs;
using Amodal.Targets;
using Amodal.Tests.Methods.Fills;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.ShaSpec;

public class ShaSpecTests
{
    [Fact]
    public void A_training_utterance_has_one_two_or_all_modalities_equally_often_and_each_of_a_size_likewise()
    {
        const int draws = 18_000;
        var random = new StableRandom(1);
        var counts = Enumerable.Range(0, draws).Select(_ => ShaSpecNetwork.Draw(random, 3)).CountBy(set => set).ToDictionary();
        Assert.Equal(7, counts.Count);
        Assert.All(counts, c => Assert.Equal(c.Key.Count == 3 ? 1.0 / 3 : 1.0 / 9, (double)c.Value / draws, 4 * Math.Sqrt(2.0 / 9 / draws))); // four deviations
    }

    [Fact]
    public void Of_equal_modalities_behind_equal_projections_nothing_is_apart_and_what_is_recovered_is_the_truth()
    {
        using var scope = NewDisposeScope();
        using var network = Network("mean");
        Equalise(network);
        var x = SimpleFillTests.Normal(6, 3);
        var whole = network.Shared(Rows(x, x, x, ModalitySet.All(3)));
        Assert.Equal(0, network.Alignment(Rows(x, x, x, ModalitySet.All(3)), whole).item<float>());
        Relative.Equal(whole[1], network.Shared(Rows(x, x, x, ModalitySet.Of(0, 2)))[1], Relative.Network, size: 1);
        Assert.NotEqual(0, network.Alignment(Rows(x, -x, x, ModalitySet.All(3)), network.Shared(Rows(x, -x, x, ModalitySet.All(3)))).item<float>());
        Assert.Equal(0, network.Alignment(Rows(x, -x, x, ModalitySet.Of(1)), network.Shared(Rows(x, -x, x, ModalitySet.Of(1)))).item<float>()); // nothing beside it
    }

    [Fact]
    public void What_is_missing_is_the_mean_of_what_is_shared_or_the_first_of_it()
    {
        using var scope = NewDisposeScope();
        var (a, b, c) = (SimpleFillTests.Normal(6, 3), SimpleFillTests.Normal(6, 3, seed: 2), SimpleFillTests.Normal(6, 3, seed: 3));
        foreach (var (missing, share) in new[] { ("mean", 0.5), ("first", 1) })
        {
            using var network = Network(missing);
            var (whole, part) = (network.Shared(Rows(a, b, c, ModalitySet.All(3))), network.Shared(Rows(a, b, c, ModalitySet.Of(1, 2))));
            Relative.Equal((whole[1] * share) + (whole[2] * (1 - share)), part[0], Relative.Network, size: 1);
            Assert.True(part[1].Equals(whole[1]));
        }
    }

    private static ShaSpecNetwork Network(string missing)
    {
        Stage.SeedTorch(1);
        var network = new ShaSpecNetwork(new VectorContext([3, 3, 3], Target.Score, ExperimentFile.Preset("shaspec", ["shaspec.width=4", $"shaspec.missing={missing}"])));
        network.eval();
        return network;
    }

    private static void Equalise(ShaSpecNetwork network)
    {
        using var noGradient = no_grad();
        foreach (var projection in network.Projections.Skip(1))
        {
            projection.load_state_dict(network.Projections[0].state_dict());
        }
    }

    private static VectorBatch Rows(Tensor a, Tensor b, Tensor c, ModalitySet observed) =>
        new([a, b, c], tensor([.. Enumerable.Range(0, 6 * 3).Select(i => observed.Contains(i % 3) ? 1f : 0f)], [6, 3]), ones(6, 3));
}
