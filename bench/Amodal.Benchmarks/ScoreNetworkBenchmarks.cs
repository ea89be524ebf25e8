using Amodal.Diffusion;
using Amodal.Diffusion.Networks;
using Amodal.Latents;
using Amodal.Randomness;
using BenchmarkDotNet.Attributes;
using static TorchSharp.torch;

namespace Amodal.Benchmarks.Pieces;

/// <summary>One evaluation of each backbone at the thesis's size, two conditions.</summary>
public class ScoreNetworkBenchmarks
{
    private ScoreNetwork _network = null!;
    private Tensor _x = null!;
    private Tensor _t = null!;
    private Condition[] _conditions = null!;

    /// <summary>Which network.</summary>
    [ParamsAllValues]
    public BackboneKind Backbone { get; set; }

    /// <summary>Utterances.</summary>
    [Params(1, 32)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        LatentShape[] shapes = [new(32, 48), new(32, 48), new(32, 48)];
        _network = BackboneFactory.Create(BackboneOptions.Thesis(Backbone), shapes, target: 0, new StableRandom(1));
        _network.eval();
        using var noise = new TorchNoise(1, CPU);
        _x = noise.Like(zeros(Batch, 32, 48));
        _t = full(Batch, 0.5);
        _conditions = [new Condition(1, noise.Like(_x)), new Condition(2, noise.Like(_x))];
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _network.Dispose();
        _x.Dispose();
        _t.Dispose();
        Array.ForEach(_conditions, c => c.Latent.Dispose());
    }

    [Benchmark]
    public void Evaluate()
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        _ = _network.Evaluate(_x, _t, _conditions);
    }
}
