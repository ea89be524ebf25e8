using Amodal.Diffusion.Networks;
using Amodal.Latents;
using Amodal.Randomness;

namespace Amodal.Tests.Diffusion.Networks;

public class ScoreTransformer1DTests
{
    private static readonly LatentShape[] Thesis = [new(32, 48), new(32, 48), new(32, 48)];

    [Fact]
    public void The_thesis_s_network_has_3_2_million_parameters_and_costs_1_04_GFLOP()
    {
        using var network = BackboneFactory.Create(new BackboneOptions(), Thesis, 0, new StableRandom(1));
        // A block: 4 d^2 + 2 d mlp weights, their biases 5 d + mlp, two norms 4 d.
        const int Block = (4 * 256 * 256) + (2 * 256 * 512) + (5 * 256) + 512 + (4 * 256);
        // Three inputs, time, embeddings (three modalities and the noisy mark), last norm, output and gain of the skip.
        const int Rest = (3 * 33 * 256) + (257 * 256) + (4 * 256) + (2 * 256) + (2 * 257 * 32);
        Assert.Equal((6 * Block) + Rest, network.ParameterCount);
        Assert.InRange(network.ParameterCount, 3_180_000, 3_350_000);
        // The published count is 1.037 G: 6 (2 n (4 d^2 + 2 d mlp) + 4 n^2 d) + projections, n = 48 + 96.
        Assert.Equal(1.037e9, network.CountFlops([1, 2]), 0.001e9);
        Assert.True(network.CountFlops([1]) < network.CountFlops([1, 2]) / 1.4);
        ApprovedShapes.Check(nameof(ScoreTransformer1D), network);
    }
}
