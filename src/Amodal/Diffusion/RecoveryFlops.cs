namespace Amodal.Diffusion;

/// <summary>Operations of recoveries, from those of the score networks.</summary>
internal static class RecoveryFlops
{
    /// <summary>
    /// Operations of the recovery of every missing modality of one utterance. What the conditions cost once is counted once,
    /// where nothing changes them on the way; the samplers' own arithmetic is not counted.
    /// </summary>
    /// <param name="recovery">Which condition each other.</param>
    /// <param name="sampler">Says how many evaluations there are; half of them see no condition where guidance is classifier-free.</param>
    /// <param name="network">Of the network of a target, given a set: an evaluation, and the part of it that is the same in all.</param>
    public static long Count(
        int modalities, ModalitySet observed, Recovery recovery, Conditioning conditioning, SamplerOptions sampler, Func<int, ModalitySet, (long Evaluation, long Preparation)> network)
    {
        var all = ModalitySet.All(modalities);
        var missing = all.Without(observed);
        var isJoint = recovery == Recovery.Joint && missing.Count > 1; // then the other targets condition too
        var isFixed = !isJoint && conditioning == Conditioning.Clean;
        return recovery == Recovery.None ? 0 : missing.Members.Sum(m =>
            Of(network(m, (isJoint ? all : observed).Without(ModalitySet.Of(m)))) + (sampler.IsClassifierFree ? Of(network(m, default)) : 0));

        long Of((long Evaluation, long Preparation) cost)
        {
            var count = SamplingPlan.Create(sampler).Nfe / sampler.EvaluationsPerScore;
            return (count * cost.Evaluation) - (isFixed ? (count - 1) * cost.Preparation : 0);
        }
    }
}
