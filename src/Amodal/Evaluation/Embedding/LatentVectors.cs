using Amodal.Evaluation.Distances;
using static TorchSharp.torch;

namespace Amodal.Evaluation.Embedding;

/// <summary>Latents as points.</summary>
public static class LatentVectors
{
    /// <summary>Every latent as one row of channels times time, steps that are padding 0: they tell the length of an utterance, not what it says.</summary>
    /// <param name="latents">Standardised, (row, channels, time).</param>
    /// <param name="valid">(row, 1, time) of 0 and 1.</param>
    public static PointCloud Of(Tensor latents, Tensor valid)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var flat = (latents * valid).flatten(1).cpu();
        return new PointCloud(flat.data<float>().ToArray(), (int)flat.shape[1]);
    }
}
