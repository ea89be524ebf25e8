using Amodal.Diffusion;
using Amodal.Diffusion.Networks;
using Amodal.Latents;
using Amodal.Randomness;
using BenchmarkDotNet.Attributes;
using static TorchSharp.torch;

namespace Amodal.Benchmarks.Pieces;

/// <summary>
/// The rows that miss the first of three modalities, as many of each of the three sets that do: a call for each set, or one
/// for all with masks. The plan of recoveries goes by it (docs/guide/engines.md).
/// </summary>
public class MixedSetsBenchmarks
{
    private static readonly int[][] _sets = [[1], [2], [1, 2]];
    private ScoreNetwork _network = null!;
    private Tensor[] _latents = null!;
    private Tensor _t = null!;

    /// <summary>Which network.</summary>
    [Params(BackboneKind.CachedTransformer1D, BackboneKind.ScoreTransformer1D)]
    public BackboneKind Backbone { get; set; }

    /// <summary>Its width.</summary>
    [Params(64, 256)]
    public int Width { get; set; }

    /// <summary>Rows of each set.</summary>
    [Params(1, 2, 4)]
    public int Rows { get; set; }

    /// <summary>Evaluations for one look at the conditions.</summary>
    [Params(1, 10)]
    public int Evaluations { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        LatentShape[] shapes = [new(32, 48), new(32, 48), new(32, 48)];
        var size = Width == 256 ? BackboneOptions.Thesis(Backbone) : new() { Kind = Backbone, Width = Width, Blocks = 2, Heads = 4, MlpWidth = 2 * Width, TimeWidth = 64 };
        _network = BackboneFactory.Create(size, shapes, target: 0, new StableRandom(1));
        _network.eval();
        using var noise = new TorchNoise(1, CPU);
        var like = zeros(Rows * _sets.Length, 32, 48);
        _latents = [.. shapes.Select(_ => noise.Like(like))];
        _t = full(Rows * _sets.Length, 0.5);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _network.Dispose();
        _t.Dispose();
        Array.ForEach(_latents, l => l.Dispose());
    }

    [Benchmark(Baseline = true)]
    public void ACallForEachSet()
    {
        for (var i = 0; i < _sets.Length; i++)
        {
            using var scope = NewDisposeScope();
            var start = i * Rows;
            Evaluate(
                _latents[0].narrow(0, start, Rows), _t.narrow(0, start, Rows), [.. _sets[i].Select(m => new Condition(m, _latents[m].narrow(0, start, Rows)))]);
        }
    }

    [Benchmark]
    public void OneCall()
    {
        using var scope = NewDisposeScope();
        Evaluate(_latents[0], _t, [.. new[] { 1, 2 }.Select(m => new Condition(
            m, _latents[m], tensor(_sets.SelectMany(s => Enumerable.Repeat(s.Contains(m), Rows)).ToArray())))]);
    }

    private void Evaluate(Tensor x, Tensor t, Condition[] conditions)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var prepared = _network.Prepare(conditions);
        for (var i = 0; i < Evaluations; i++)
        {
            using var step = NewDisposeScope();
            _ = prepared(x, t);
        }
    }
}
