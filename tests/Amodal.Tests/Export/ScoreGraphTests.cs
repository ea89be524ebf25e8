using Amodal.Diffusion.Networks;
using Amodal.Export.Graphs;
using Amodal.Latents;
using Amodal.Randomness;
using static TorchSharp.torch;

namespace Amodal.Tests.Export;

/// <summary>Every backbone's graph, in ONNX Runtime, against the network in torch.</summary>
public class ScoreGraphTests
{
    private static readonly LatentShape[] Uneven = [new(3, 5), new(2, 1), new(4, 7), new(3, 2)];
    private static readonly LatentShape[] Even = [new(16, 12), new(16, 12), new(16, 12)];
    private static readonly BackboneOptions Small = new() { Width = 32, Blocks = 3, Heads = 2, MlpWidth = 24, TimeWidth = 8 };

    public static TheoryData<BackboneKind> Kinds => [.. Enum.GetValues<BackboneKind>()];

    [Theory, MemberData(nameof(Kinds))]
    public void It_answers_as_the_network_for_every_batch_and_pattern(BackboneKind kind)
    {
        foreach (var (shapes, target) in new[] { (Uneven, 0), (Uneven, 2), (Uneven, 1), (Even, 1) })
        {
            using var trial = new ScoreCase(Small with { Kind = kind }, shapes, target, hasNoisy: false);
            trial.Check([[]]); // nothing is given
            trial.Check([trial.Others]);
            trial.Check([trial.Others[..1], trial.Others[1..], trial.Others, []]);
            trial.Check([.. Enumerable.Repeat(trial.Others[1..], 7)]);
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void It_knows_noisy_conditions_where_the_recovery_is_joint(BackboneKind kind)
    {
        using var trial = new ScoreCase(Small with { Kind = kind }, Uneven, 0, hasNoisy: true);
        trial.Check([trial.Others, trial.Others[..1]], noisy: [trial.Others[0]]);
        trial.Check([trial.Others, trial.Others], noisy: trial.Others);
        trial.Check([trial.Others], noisy: []);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Conditions_that_nobody_has_may_be_empty_where_it_says_so(BackboneKind kind)
    {
        Assert.SkipUnless(ScoreGraph.AllowsEmptyConditions(kind), "takes whole conditions only");
        using var trial = new ScoreCase(Small with { Kind = kind }, Uneven, 0, hasNoisy: false);
        trial.Check([[2], [2]], emptyWhereAbsent: true);
        trial.Check([[1, 3], [3]], emptyWhereAbsent: true);
        trial.Check([[3]], emptyWhereAbsent: true);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void The_thesis_s_size_agrees_too(BackboneKind kind)
    {
        LatentShape[] thesis = [new(32, 48), new(32, 48), new(32, 48)];
        using var trial = new ScoreCase(BackboneOptions.Thesis(kind), thesis, 0, hasNoisy: false);
        trial.Check([[1, 2], [2]]);
    }

    /// <summary>A network with random weights, and its graph.</summary>
    private sealed class ScoreCase : IDisposable
    {
        private readonly LatentShape[] _shapes;
        private readonly bool _hasNoisy;
        private readonly ScoreNetwork _network;
        private readonly OnnxScore _graph;

        public ScoreCase(BackboneOptions options, LatentShape[] shapes, int target, bool hasNoisy)
        {
            (_shapes, _hasNoisy) = (shapes, hasNoisy);
            Others = [.. Enumerable.Range(0, shapes.Length).Where(m => m != target)];
            _network = BackboneFactory.Create(options, shapes, target, new StableRandom(1));
            // Weights so large that every part shows in the answer, but not so large that rounding grows: against float64, torch's
            // own float32 answer is then off by less than 1e-5. DiT's, which scale what they normed, at 0.3 were off by 5e-5.
            Draws.Fill(_network, 3, std: options.Width > 32 ? 0.05 : options.Kind == BackboneKind.Dit ? 0.15 : 0.3);
            _network.eval();
            _graph = new OnnxScore(ScoreGraph.Build(_network, new ScoreSize(options, shapes, target, hasNoisy)));
        }

        public int[] Others { get; }

        /// <param name="given">Which conditions each row has.</param>
        /// <param name="noisy">Which conditions are noisy.</param>
        /// <param name="emptyWhereAbsent">Gives conditions that no row has no steps.</param>
        public void Check(int[][] given, int[]? noisy = null, bool emptyWhereAbsent = false)
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
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

            OnnxRun.Close(_network.Evaluate(x, t, conditions), _graph.Run([.. inputs]));

            Tensor Latent(int m, ulong seed) => Draws.Normal(seed, batch, _shapes[m].Channels, _shapes[m].Length);

            Tensor Present(int m) => tensor(given.Select(g => g.Contains(m)).ToArray());
        }

        public void Dispose()
        {
            _network.Dispose();
            _graph.Dispose();
        }
    }
}
