namespace Amodal.Benchmarks;

/// <summary>How a peer's training goes, where it can time a step of it.</summary>
/// <param name="Batch">Utterances in a step.</param>
/// <param name="Patience">Epochs without a better validation loss before it stops.</param>
/// <param name="Utterances">Utterances of the training split that its steps are shaped like.</param>
public sealed record PeerTraining(int Batch, int Patience, int Utterances);
