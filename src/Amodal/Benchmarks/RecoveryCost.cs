using Amodal.Baselines.Imder;
using Amodal.Diffusion;
using Amodal.Diffusion.Sampling;
using Amodal.Missingness;
using Amodal.Prediction;

namespace Amodal.Benchmarks;

/// <summary>What a recovery costs by count, not by time.</summary>
public static class RecoveryCost
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
        AmodalModel amodal => Operations(amodal, Nfe(model, sampler), observed),
        ImderModel imder => Nfe(model, sampler) * PerEvaluation(imder, observed),
        _ => null,
    };

    /// <summary>What the conditions cost once is counted once, where nothing changes them on the way.</summary>
    private static long Operations(AmodalModel model, int nfe, ModalitySet observed)
    {
        var missing = ModalitySet.All(model.Modalities.Count).Without(observed);
        var isJoint = model.Options.Recovery == Recovery.Joint && missing.Count > 1; // then the other targets condition too
        var given = isJoint ? ModalitySet.All(model.Modalities.Count) : observed;
        var isFixed = !isJoint && model.Options.Conditioning == Conditioning.Clean;
        return nfe == 0 ? 0 : missing.Members.Sum(m =>
        {
            var (network, conditions) = ((model.Students ?? model.Scores).All[m], given.Without(ModalitySet.Of(m)).Members.ToArray());
            return (nfe * network.CountFlops(conditions)) - (isFixed ? (nfe - 1) * network.CountPreparationFlops(conditions) : 0);
        });
    }

    private static long PerEvaluation(ImderModel model, ModalitySet observed)
    {
        var length = model.Classifier.Shape.Length;
        return ModalitySet.All(model.Modalities.Count).Without(observed).Members.Sum(m => model.Scores.All[m].CountFlops(length, [length]));
    }
}
