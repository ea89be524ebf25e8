using Amodal.Diffusion;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Sampling;
using Amodal.Missingness;
using Amodal.Prediction;
using Amodal.Randomness;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Prediction;

/// <summary>Noise of different utterances, targets, samples and uses has nothing to do with each other.</summary>
public class RecoveryNoiseTests
{
    private static readonly ModalitySet _observed = ModalitySet.Of(1);

    [Fact]
    public void Every_seed_utterance_draw_target_and_use_has_noise_of_its_own()
    {
        var streams =
            from seed in new ulong[] { 1, 2 }
            from key in new ulong[] { 1, 2 }
            from draw in new[] { 0, 1 }
            from target in new[] { 0, 1, 2, 3 }
            from noise in new[] { RecoveryNoise.OfSampler(seed, [key], draw, target), RecoveryNoise.OfConditions(seed, [key], draw, target) }
            select noise;
        var drawn = streams.Select(noise => (First: Draw(noise), Second: Draw(noise))).SelectMany(n => new[] { n.First, n.Second }).ToList();
        Assert.Equal(2 * 2 * 2 * 2 * 4 * 2, drawn.Count);
        Assert.Equal(drawn.Count, drawn.Distinct().Count());

        static float Draw(RowNoise noise)
        {
            var row = new float[1];
            noise.Fill(row, 1);
            return row[0];
        }
    }

    [Fact]
    public void Numbers_are_Box_and_Muller_s_of_the_generator_s_words()
    {
        const ulong Seed = 5, Key = 77;
        var key = new StableRandom(Seed, Key, 3, 2, 0).NextUInt64();
        var noise = RecoveryNoise.OfSampler(Seed, [Key], draw: 3, target: 2);
        var row = new float[6];
        for (ulong draw = 0; draw < 2; draw++)
        {
            noise.Fill(row, 1);
            var expected = new double[8];
            for (ulong block = 0; block < 2; block++)
            {
                var (a, b, c, d) = StableRandom.Philox(key, block, draw);
                (expected[4 * block], expected[(4 * block) + 1]) = Normal(a, b);
                (expected[(4 * block) + 2], expected[(4 * block) + 3]) = Normal(c, d);
            }

            Relative.Equal([.. expected[..6].Select(x => (float)x)], row, 2 * Relative.Rounding);
        }

        static (double, double) Normal(uint a, uint b)
        {
            var (u, v) = ((a + 0.5) / 4294967296, b / 4294967296.0);
            return (Math.Sqrt(-2 * Math.Log(u)) * Math.Cos(2 * Math.PI * v), Math.Sqrt(-2 * Math.Log(u)) * Math.Sin(2 * Math.PI * v));
        }
    }

    [Fact]
    public void Targets_start_apart_and_conditions_are_not_perturbed_by_the_sampler_s_noise()
    {
        var seen = Seen(draw: 0);
        Assert.Equal([0, 2], seen.Keys.Order());
        // Of latents that are 0 the networks see std(t) z alone: z is told apart by division, with 0.1 far from any two draws.
        var std = new ExperimentOptions().CreateProcess().Std(1);
        List<(string Of, float[] Noise)> all = [];
        foreach (var (draw, sampled) in new[] { 0, 1 }.Select(d => (d, d == 0 ? seen : Seen(d))))
        {
            foreach (var (target, evaluations) in sampled)
            {
                Assert.Equal(2, evaluations.Count);
                all.Add(($"start of {target}, draw {draw}", Scaled(evaluations[0].X, std)));
                all.AddRange(evaluations.Select((e, i) => ($"condition {i} of {target}, draw {draw}", Scaled(e.Condition, new ExperimentOptions().CreateProcess().Std(e.T)))));
            }
        }

        Assert.Equal(2 * 2 * 3, all.Count);
        foreach (var (i, one) in all.Index())
        {
            Assert.All(all.Skip(i + 1), other => Assert.True(one.Noise.Zip(other.Noise, (a, b) => Math.Abs(a - b)).Max() > 0.1, $"{one.Of} and {other.Of}"));
        }

        static float[] Scaled(float[] values, double by) => [.. values.Select(v => (float)(v / by))];
    }

    /// <summary>What each target's network is shown at its two evaluations.</summary>
    private static Dictionary<int, List<(float[] X, float[] Condition, double T)>> Seen(int draw)
    {
        using var scope = NewDisposeScope();
        var seen = new Dictionary<int, List<(float[] X, float[] Condition, double T)>>();
        IReadOnlyList<IScoreNetwork> networks = [.. Enumerable.Range(0, 3).Select(m => new Watching(m, seen))];
        var recoverer = Paths.Of(
            networks, new ExperimentOptions { Conditioning = Conditioning.Independent, Recovery = Recovery.Separate },
            new SamplerOptions { Kind = SamplerKind.EulerMaruyama, Nfe = 2 }, seed: 9);
        _ = recoverer.Recover([zeros(1, 3, 4), zeros(1, 3, 4), zeros(1, 3, 4)], _observed, [5], draw);
        return seen;
    }

    private sealed class Watching(int target, Dictionary<int, List<(float[] X, float[] Condition, double T)>> seen) : IScoreNetwork
    {
        public Tensor Evaluate(Tensor x, Tensor t, IReadOnlyList<Condition> conditions)
        {
            lock (seen)
            {
                seen.TryAdd(target, []);
                seen[target].Add(([.. x.data<float>()], [.. conditions.Single().Latent.data<float>()], t[0].item<float>()));
            }

            return zeros_like(x);
        }
    }
}
