using Amodal.Benchmarks;

namespace Amodal.Bench;

/// <summary>What <see cref="TrainingBench"/> compares with.</summary>
internal sealed record TrainingBenchOptions
{
    /// <summary>Nominal missing rates, 0.1 to 0.7, that the published IMDer is trained for, a model each.</summary>
    public IReadOnlyList<double> Rates { get; init; } = [0.1, 0.3, 0.7];

    /// <summary>
    /// Epochs of a peer's training that give the best validation loss, each at least 1; as many as its patience follow. 1 is
    /// the least there can be.
    /// </summary>
    public IReadOnlyList<int> BestEpochs { get; init; } = [1, 6];
}

/// <summary>What training costs, ours and a peer's.</summary>
/// <param name="Machine">Where.</param>
/// <param name="Threads">Threads on either side.</param>
/// <param name="Utterances">Utterances trained on; the peer's epochs are counted for as many.</param>
/// <param name="Stages">Our stages, in order.</param>
/// <param name="Peers">The peers.</param>
internal sealed record TrainingBenchResult(
    BenchMachine Machine, int Threads, int Utterances, IReadOnlyList<StageSeconds> Stages, IReadOnlyList<PeerTrainingCost> Peers)
{
    /// <summary>From raw features to the trained method: every stage but the baselines.</summary>
    public double Seconds => Stages.Where(s => !s.IsBaseline).Sum(s => s.Seconds);
}

/// <summary>What one stage of training took.</summary>
/// <param name="Stage">Its name.</param>
/// <param name="Epochs">Epochs trained.</param>
/// <param name="Seconds">All of them, with what they needed before and the checkpoints of their epochs.</param>
/// <param name="ValidLoss">The best epoch's validation loss.</param>
/// <param name="IsBaseline">Whether it trains a baseline that the method is compared with and does not need.</param>
internal sealed record StageSeconds(string Stage, int Epochs, double Seconds, double ValidLoss, bool IsBaseline);

/// <summary>A peer's training beside ours.</summary>
/// <param name="Name">The peer.</param>
/// <param name="Steps">Its steps, by the number of missing modalities.</param>
/// <param name="Times">What they come to.</param>
internal sealed record PeerTrainingCost(string Name, IReadOnlyList<StepSeconds> Steps, IReadOnlyList<PeerTrainingTime> Times);

/// <summary>What a peer's training step takes.</summary>
/// <param name="Missing">Modalities missing in it.</param>
/// <param name="Steps">How many were timed.</param>
/// <param name="Seconds">Seconds of one.</param>
internal sealed record StepSeconds(int Missing, int Steps, Quartiles Seconds);

/// <summary>What a peer's training would take, from the medians of its steps; its validation is left out.</summary>
/// <param name="Rate">Nominal missing rate that it is trained for.</param>
/// <param name="Epochs">So many epochs.</param>
/// <param name="Steps">Steps of an epoch that miss k modalities, at index k.</param>
/// <param name="Seconds">Of all of them.</param>
/// <param name="TimesOurs">How many times ours that is.</param>
internal sealed record PeerTrainingTime(double Rate, int Epochs, IReadOnlyList<int> Steps, double Seconds, double TimesOurs);
