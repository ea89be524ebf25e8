namespace Amodal.Benchmarks;

/// <summary>What the processor does with the product of two large matrices, the yardstick of everything else in the same run.</summary>
/// <param name="Threads">With how many threads.</param>
/// <param name="Size">Rows and columns of the square matrices, 32-bit floating point.</param>
/// <param name="Gflops">Operations a second, in 10^9.</param>
public sealed record GemmRate(int Threads, int Size, Quartiles Gflops);
