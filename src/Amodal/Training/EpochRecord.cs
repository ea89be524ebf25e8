namespace Amodal.Training;

/// <summary>One point of a learning curve.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="TrainLoss">Mean over the epoch's steps.</param>
/// <param name="ValidLoss">On the validation split, after the epoch.</param>
public sealed record EpochRecord(int Epoch, double TrainLoss, double ValidLoss);
