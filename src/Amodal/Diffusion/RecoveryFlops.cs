namespace Amodal.Diffusion;

/// <summary>Operations of recoveries, from those of the score networks.</summary>
internal static class RecoveryFlops
{
    /// <summary>
    /// Operations of the recovery of every missing modality of one utterance. What the conditions cost once is counted once,
    /// where nothing changes them on the way; the samplers' own arithmetic is not counted.
    /// </summary>
    /// <param name="recovery">Which condition each other.</param>
    /// <param name="nfe">Network evaluations per missing modality.</param>
    /// <param name="network">Of the network of a target, given a set: an evaluation, and the part of it that is the same in all.</param>
    public static long Count(
        int modalities, ModalitySet observed, Recovery recovery, Conditioning conditioning, int nfe, Func<int, ModalitySet, (long Evaluation, long Preparation)> network)
    {
        var all = ModalitySet.All(modalities);
        var missing = all.Without(observed);
        var isJoint = recovery == Recovery.Joint && missing.Count > 1; // then the other targets condition too
        var isFixed = !isJoint && conditioning == Conditioning.Clean;
        return nfe == 0 || recovery == Recovery.None ? 0 : missing.Members.Sum(m =>
        {
            var (evaluation, preparation) = network(m, (isJoint ? all : observed).Without(ModalitySet.Of(m)));
            return (nfe * evaluation) - (isFixed ? (nfe - 1) * preparation : 0);
        });
    }
}
