namespace Amodal.Benchmarks;

/// <summary>What training costs, ours and a peer's.</summary>
/// <param name="Machine">Where.</param>
/// <param name="Threads">Threads on either side.</param>
/// <param name="Utterances">Utterances trained on; the peer's epochs are counted for as many.</param>
/// <param name="Stages">Our stages, in order.</param>
/// <param name="Peers">The peers.</param>
public sealed record TrainingBenchResult(
    BenchMachine Machine, int Threads, int Utterances, IReadOnlyList<StageSeconds> Stages, IReadOnlyList<PeerTrainingCost> Peers)
{
    /// <summary>From raw features to the trained method: every stage but the rivals.</summary>
    public double Seconds => Stages.Where(s => !s.IsRival).Sum(s => s.Seconds);
}
