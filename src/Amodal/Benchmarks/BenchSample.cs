namespace Amodal.Benchmarks;

/// <summary>One timed call.</summary>
/// <param name="Round">In which turn of all rows; calls of the same round ran one after another.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="BesideSeconds">How long the same took beside a busy process just after; null where none was asked for.</param>
public sealed record BenchSample(int Round, double Seconds, double? BesideSeconds = null);
