namespace Amodal.Diffusion.Networks;

/// <summary>How long one evaluation of a batch takes.</summary>
/// <param name="GemmShare">Its operations a second over those of a large matrix product that took its turn; null on another device than the CPU.</param>
internal sealed record ForwardTime(int Batch, double Milliseconds, double? GemmShare = null);
