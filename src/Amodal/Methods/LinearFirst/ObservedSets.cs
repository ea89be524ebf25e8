namespace Amodal.Methods.LinearFirst;

/// <summary>Observed sets to train on, or to choose a penalty by, of any number of modalities.</summary>
internal static class ObservedSets
{
    /// <summary>All sets where they are few enough to list; else, of each size, the runs of neighbours from each modality on.</summary>
    public static IReadOnlyList<ModalitySet> Some(int modalities) => modalities <= Patterns.MaximumModalities
        ? Patterns.All(modalities)
        : [.. Enumerable.Range(1, modalities).SelectMany(count => Enumerable.Range(0, modalities)
            .Select(first => ModalitySet.Of([.. Enumerable.Range(first, count).Select(m => m % modalities)]))).Distinct()];
}
