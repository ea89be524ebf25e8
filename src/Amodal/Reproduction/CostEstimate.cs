namespace Amodal.Reproduction;

/// <summary>What a table would cost: an estimate from operation counts and a quick measurement; training that stops early makes it less.</summary>
/// <param name="Flops">Floating-point operations of training and evaluation.</param>
/// <param name="Duration">At the measured rate, on this machine as busy as it was.</param>
public sealed record CostEstimate(double Flops, TimeSpan Duration);
