namespace Amodal.Benchmarks;

/// <summary>What <see cref="TrainingBench"/> compares with.</summary>
public sealed record TrainingBenchOptions
{
    /// <summary>Nominal missing rates, 0.1 to 0.7, that the published IMDer is trained for, a model each.</summary>
    public IReadOnlyList<double> Rates { get; init; } = [0.1, 0.3, 0.7];

    /// <summary>
    /// Epochs of a peer's training that give the best validation loss, each at least 1; as many as its patience follow. 1 is
    /// the least there can be.
    /// </summary>
    public IReadOnlyList<int> BestEpochs { get; init; } = [1, 6];
}
