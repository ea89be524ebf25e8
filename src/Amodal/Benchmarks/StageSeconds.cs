namespace Amodal.Benchmarks;

/// <summary>What one stage of training took.</summary>
/// <param name="Stage">Its name.</param>
/// <param name="Epochs">Epochs trained.</param>
/// <param name="Seconds">All of them, with what they needed before and the checkpoints of their epochs.</param>
/// <param name="ValidLoss">The best epoch's validation loss.</param>
/// <param name="IsRival">Whether it trains a floor that the method is compared with and does not need.</param>
public sealed record StageSeconds(string Stage, int Epochs, double Seconds, double ValidLoss, bool IsRival);
