using static TorchSharp.torch.nn;

namespace Amodal.Prediction;

/// <summary>
/// A trained method that recovers what is missing, as its users see it: encode, recover, align, fuse, on latents of its
/// own. Owns its weights.
/// </summary>
internal interface IRecoveryModel : IDisposable
{
    /// <summary>The sampler it is configured with.</summary>
    SamplerOptions Sampler { get; }

    /// <summary>Whether anything is sampled; where not, a missing modality is the training mean.</summary>
    bool Recovers => true;

    /// <summary>What its networks learned.</summary>
    Objective Objective => Objective.Score;

    /// <summary>Whether it was distilled for its own sampler, and knows no other.</summary>
    bool IsDistilled => false;

    /// <summary>Whether recovered latents are aligned.</summary>
    bool HasDecoders => true;

    /// <summary>The noise that its conditions carry.</summary>
    Conditioning Conditioning { get; }

    /// <summary>Network evaluations of a recovery of one modality; 0 where nothing is sampled.</summary>
    int NfeOf(SamplerOptions sampler) => Recovers ? SamplingPlan.Create(sampler).Nfe : 0;

    /// <summary>
    /// Floating-point operations of the recovery of every missing modality of one utterance: evaluations times those of one; the
    /// samplers' own arithmetic is not counted. Null for a method that does not tell.
    /// </summary>
    long? Operations(SamplerOptions sampler, ModalitySet observed) => null;

    /// <summary>All its modules by the name they have in checkpoints.</summary>
    IReadOnlyDictionary<string, Module> Modules { get; }

    /// <summary>Encodes utterances.</summary>
    /// <returns>Their latents, which the caller disposes.</returns>
    LatentStore Encode(Split rows, FeatureTensors features);

    /// <summary>The path from latents to a prediction, with a seed of its noise and a sampler; null takes the configured one.</summary>
    LatentPath<Tensor> CreatePath(ulong seed, SamplerOptions? sampler = null);

    /// <summary>Takes recovered latents of a modality to where true ones lie.</summary>
    /// <param name="recovered">(batch, channels, time).</param>
    Tensor Align(int modality, Tensor recovered);

    /// <summary>Predicts from latents of every modality, observed or recovered and aligned, (batch, channels, time) each.</summary>
    /// <returns>(batch).</returns>
    Tensor Fuse(IReadOnlyList<Tensor> latents);

    /// <summary>Predicts from latents that were all observed, (batch, channels, time) of every modality.</summary>
    /// <returns>(batch).</returns>
    Tensor FuseComplete(IReadOnlyList<Tensor> latents);

    /// <summary>The training split's average latent of a modality, on the latents' scale, (1, channels, time).</summary>
    Tensor AverageLatent(int modality);
}
