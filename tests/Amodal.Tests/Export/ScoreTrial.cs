using Amodal.Diffusion.Networks;
using Amodal.Export.Graphs;
using Amodal.Latents;
using Amodal.Randomness;
using static TorchSharp.torch;

namespace Amodal.Tests.Export;

/// <summary>A network with random weights, and its graph.</summary>
internal sealed class ScoreTrial : IDisposable
{
    private readonly LatentShape[] _shapes;
    private readonly bool _hasNoisy;
    private readonly ScoreNetwork _network;
    private readonly OnnxScore _graph;

    public ScoreTrial(BackboneOptions options, LatentShape[] shapes, int target, bool hasNoisy, Precision precision = Precision.Float32)
    {
        (_shapes, _hasNoisy) = (shapes, hasNoisy);
        Others = [.. Enumerable.Range(0, shapes.Length).Where(m => m != target)];
        _network = BackboneFactory.Create(options, shapes, target, new StableRandom(1));
        // Weights so large that every part shows in the answer, but not so large that rounding grows: against float64, torch's
        // own float32 answer is then off by less than 1e-5. DiT's, which scale what they normed, at 0.3 were off by 5e-5.
        Draws.Fill(_network, 3, std: options.Width > 32 ? 0.05 : options.Kind == BackboneKind.Dit ? 0.15 : 0.3);
        _network.eval();
        Graphs = ScoreGraph.Build(_network, new ScoreSize(options, shapes, target, hasNoisy, precision));
        _graph = new OnnxScore(Graphs);
    }

    public int[] Others { get; }

    public ScoreGraph Graphs { get; }

    /// <summary>Holds the graph's answer in ONNX Runtime against the network's.</summary>
    /// <inheritdoc cref="Draw"/>
    public void Check(int[][] given, int[]? noisy = null, bool emptyWhereAbsent = false)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (inputs, expected) = Draw(given, noisy, emptyWhereAbsent);
        OnnxRun.Close(expected, Run(inputs)["raw"]);
    }

    /// <inheritdoc cref="OnnxScore.Run"/>
    public Dictionary<string, Tensor> Run((string Name, Tensor Value)[] inputs) => _graph.Run(inputs);

    /// <summary>Inputs of the graph, and the network's answer to them.</summary>
    /// <param name="given">Which conditions each row has.</param>
    /// <param name="noisy">Which conditions are noisy.</param>
    /// <param name="emptyWhereAbsent">Gives conditions that no row has no steps.</param>
    public ((string Name, Tensor Value)[] Inputs, Tensor Expected) Draw(int[][] given, int[]? noisy = null, bool emptyWhereAbsent = false)
    {
        var batch = given.Length;
        var x = Latent(_network.Target, 1);
        var t = tensor(Enumerable.Range(1, batch).Select(i => i / (batch + 1f)).ToArray());
        var conditions = Others.Select(m => new Condition(m, Latent(m, 10 + (ulong)m), Present(m), noisy?.Contains(m) ?? false)).ToList();
        var inputs = new List<(string, Tensor)> { ("x", x), ("t", t) };
        foreach (var (m, latent, present, isNoisy) in conditions)
        {
            var isEmpty = emptyWhereAbsent && !given.Any(g => g.Contains(m));
            inputs.Add(($"condition{m}", isEmpty ? latent.narrow(2, 0, 0) : latent));
            inputs.Add(($"present{m}", present!));
            inputs.AddRange(_hasNoisy ? [($"noisy{m}", isNoisy ? ones(batch, ScalarType.Bool) : zeros(batch, ScalarType.Bool))] : []);
        }

        return ([.. inputs], _network.Evaluate(x, t, conditions));

        Tensor Latent(int m, ulong seed) => Draws.Normal(seed, batch, _shapes[m].Channels, _shapes[m].Length);

        Tensor Present(int m) => tensor(given.Select(g => g.Contains(m)).ToArray());
    }

    public void Dispose()
    {
        _network.Dispose();
        _graph.Dispose();
    }
}
