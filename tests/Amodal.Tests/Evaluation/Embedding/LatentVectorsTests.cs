using Amodal.Evaluation.Embedding;
using static TorchSharp.torch;

namespace Amodal.Tests.Evaluation.Embedding;

public class LatentVectorsTests
{
    [Fact]
    public void A_latent_is_its_mean_or_its_steps_without_the_padding()
    {
        using var scope = NewDisposeScope();
        var latents = tensor(new float[] { 1, 2, 9, 10, 20, 90, 5, 6, 7, 50, 60, 70 }, [2, 2, 3]);
        var valid = tensor(new float[] { 1, 1, 0, 0, 0, 0 }, [2, 1, 3]);
        var mean = LatentVectors.Of(latents, valid, LatentPoint.Mean);
        Assert.Equal([1.5f, 15], mean[0].ToArray());
        Assert.Equal([0, 0], mean[1].ToArray()); // nothing but padding
        var steps = LatentVectors.Of(latents, valid, LatentPoint.Steps);
        Assert.Equal([1, 2, 0, 10, 20, 0], steps[0].ToArray());
    }
}
