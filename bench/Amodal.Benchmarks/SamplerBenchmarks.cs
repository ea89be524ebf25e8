using Amodal.Diffusion;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;
using BenchmarkDotNet.Attributes;
using static TorchSharp.torch;

namespace Amodal.Benchmarks.Pieces;

/// <summary>The samplers' own arithmetic: 30 evaluations of a score that costs next to nothing, noise included where they draw it.</summary>
public class SamplerBenchmarks
{
    private readonly IProcess _process = ProcessFactory.Create(new ProcessOptions());
    private Tensor _like = null!;
    private ulong[] _keys = null!;

    [ParamsAllValues]
    public SamplerKind Kind { get; set; }

    /// <summary>Utterances.</summary>
    [Params(1, 32)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _like = zeros(Batch, 32, 48);
        _keys = [.. Enumerable.Range(0, Batch).Select(i => (ulong)i)];
    }

    [GlobalCleanup]
    public void Cleanup() => _like.Dispose();

    [Benchmark]
    public void Sample()
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var plan = SamplingPlan.Create(new SamplerOptions { Kind = Kind, Nfe = 30 });
        var noise = new UtteranceNoise(_keys);
        _ = plan.Sampler((x, _) => x.neg(), _process, Samplers.Start(_process, _like, noise), plan.Times(_process), noise);
    }
}
