using Amodal.Baselines.Imder;
using Amodal.Diffusion;
using Amodal.Diffusion.Sampling;
using Amodal.Missingness;
using Amodal.Prediction;

namespace Amodal.Benchmarks;

/// <summary>What a recovery costs by count, not by time.</summary>
internal static class RecoveryCost
{
    /// <summary>Network evaluations per missing modality; 0 where nothing is sampled.</summary>
    public static int Nfe(IRecoveryModel model, SamplerOptions sampler) =>
        model is AmodalModel { Options.Recovery: Recovery.None } ? 0 : SamplingPlan.Create(sampler).Nfe;

    /// <summary>
    /// Operations of the recovery of every missing modality of one utterance: evaluations times those of one
    /// (<see cref="Diffusion.Networks.FlopCount"/>); the samplers' own arithmetic is not counted. Null for a method that
    /// does not tell.
    /// </summary>
    public static long? Operations(IRecoveryModel model, SamplerOptions sampler, ModalitySet observed) => model switch
    {
        AmodalModel amodal => RecoveryFlops.Count(amodal.Modalities.Count, observed, amodal.Options.Recovery, amodal.Options.Conditioning, Nfe(model, sampler), (m, given) =>
        {
            var (network, conditions) = ((amodal.Students ?? amodal.Scores).All[m], given.Members.ToArray());
            return (network.CountFlops(conditions), network.CountPreparationFlops(conditions));
        }),
        ImderModel imder => Nfe(model, sampler) * PerEvaluation(imder, observed),
        _ => null,
    };

    private static long PerEvaluation(ImderModel model, ModalitySet observed)
    {
        var length = model.Classifier.Shape.Length;
        return ModalitySet.All(model.Modalities.Count).Without(observed).Members.Sum(m => model.Scores.All[m].CountFlops(length, [length]));
    }
}
