namespace Amodal.Benchmarks;

/// <summary>What a benchmark found.</summary>
/// <param name="Machine">Where.</param>
/// <param name="Gemm">The yardstick, one per number of threads.</param>
/// <param name="Rows">One per task, subject, batch size, number of missing modalities and threads.</param>
/// <param name="IsComplete">False if it was stopped; what was measured until then is there.</param>
public sealed record BenchResult(BenchMachine Machine, IReadOnlyList<GemmRate> Gemm, IReadOnlyList<BenchRow> Rows, bool IsComplete);
