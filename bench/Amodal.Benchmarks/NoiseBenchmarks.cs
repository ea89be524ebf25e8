using Amodal.Diffusion;
using BenchmarkDotNet.Attributes;
using static TorchSharp.torch;

namespace Amodal.Benchmarks.Pieces;

/// <summary>One draw of noise for a latent: ours, which belongs to utterances, and torch's.</summary>
public class NoiseBenchmarks
{
    private readonly TorchNoise _torchNoise = new(1, CPU);
    private Tensor _like = null!;
    private UtteranceNoise _utteranceNoise = null!;

    /// <summary>Utterances.</summary>
    [Params(1, 32)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _like = zeros(Batch, 32, 48);
        _utteranceNoise = new UtteranceNoise(Enumerable.Range(0, Batch).Select(i => (ulong)i));
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _like.Dispose();
        _torchNoise.Dispose();
    }

    [Benchmark]
    public void OfUtterances() => _utteranceNoise.Like(_like).Dispose();

    [Benchmark(Baseline = true)]
    public void OfTorch() => _torchNoise.Like(_like).Dispose();
}
