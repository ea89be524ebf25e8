using Amodal.Fusion;
using Amodal.Latents;
using static TorchSharp.torch;

namespace Amodal.Tests.Fusion;

/// <summary>The fusion in plain arithmetic on float64 arrays, written from MulT (Tsai et al. 2019) and docs/methods/amodal.md.</summary>
public class FusionByHandTests
{
    private const int Channels = 4, Heads = 2, Layers = 2;

    [Theory, InlineData(5, 1, 3), InlineData(2, 4)]
    public void Features_and_prediction_are_those_of_plain_arithmetic(params int[] lengths)
    {
        using var scope = NewDisposeScope();
        using var network = new FusionNetwork([.. lengths.Select(l => new LatentShape(Channels, l))], new FusionOptions { Layers = Layers, Heads = Heads });
        Draws.Fill(network, 1, std: 0.5);
        network.eval();
        Tensor[] latents = [.. lengths.Select((l, m) => Draws.Normal((ulong)m + 20, 2, Channels, l))];
        var (features, predictions) = (network.Features(latents), network.Predict(latents));
        var weights = network.named_parameters().ToDictionary(p => p.name, p => p.parameter.detach().flatten().data<float>().Select(v => (double)v).ToArray());
        for (var row = 0; row < 2; row++)
        {
            var steps = latents.Select(l => Rows(l[row].transpose(0, 1))).ToArray(); // (time, channels)
            var expected = Features(weights, steps);
            Relative.Equal([.. expected.Select(v => (float)v)], [.. features[row].data<float>()], Relative.Network);
            var hidden = Dense(weights, "hidden", expected).Select(v => Math.Max(0, v)).ToArray();
            var residual = Dense(weights, "residual", hidden);
            var prediction = Dense(weights, "output", [.. expected.Zip(residual, (f, r) => f + r)]).Single();
            Relative.Equal(prediction, predictions[row].item<float>(), Relative.Network, size: 1);
        }
    }

    private static double[] Features(Dictionary<string, double[]> w, double[][][] steps)
    {
        var features = new List<double>();
        for (var (m, crossing) = (0, 0); m < steps.Length; m++)
        {
            // m looks at every other modality; what it finds stands side by side at each of m's own steps.
            var found = new List<double[][]>();
            for (var n = 0; n < steps.Length; n++)
            {
                if (n != m)
                {
                    found.Add(Transform(w, $"crossings.{crossing++}", steps[m], steps[n]));
                }
            }

            var together = Enumerable.Range(0, steps[m].Length).Select(t => found.SelectMany(f => f[t]).ToArray()).ToArray();
            features.AddRange(Transform(w, $"memories.{m}", together, null)[^1]);
        }

        return [.. features];
    }

    /// <summary>Layers of attention and a perceptron, each after a norm and added to what it was given; a norm at the end.</summary>
    private static double[][] Transform(Dictionary<string, double[]> w, string name, double[][] queries, double[][]? source)
    {
        var h = Embed(queries);
        var other = source is null ? null : Embed(source);
        for (var layer = 0; layer < Layers; layer++)
        {
            var at = $"{name}.layers.{layer}";
            var (q, kv) = (Norm(w, $"{at}.attention_norm", h), Norm(w, $"{at}.attention_norm", other ?? h));
            var mixed = Attend(
                [.. q.Select(x => Dense(w, $"{at}.query", x))], [.. kv.Select(x => Dense(w, $"{at}.key_value", x))]);
            h = [.. h.Zip(mixed, (x, y) => Add(x, Dense(w, $"{at}.attention_output", y)))];
            h = [.. h.Zip(Norm(w, $"{at}.mlp_norm", h), (x, y) =>
                Add(x, Dense(w, $"{at}.mlp_output", [.. Dense(w, $"{at}.mlp_hidden", y).Select(v => Math.Max(0, v))])))];
        }

        return Norm(w, $"{name}.output_norm", h);
    }

    /// <summary>Times the root of the width, plus sines and cosines of the step.</summary>
    private static double[][] Embed(double[][] x) =>
        [.. x.Select((step, t) => step.Select((v, i) => (v * Math.Sqrt(step.Length)) + Position(t, i, step.Length)).ToArray())];

    private static double Position(int t, int i, int width)
    {
        var angle = t / Math.Pow(10000, i / 2 * 2 / (double)width);
        return i % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle);
    }

    /// <summary>Softmax of q k / sqrt(d) over all steps, by head; keys are the first half of what a step is projected to, values the second.</summary>
    private static double[][] Attend(double[][] queries, double[][] keysAndValues)
    {
        var width = queries[0].Length;
        var size = width / Heads;
        return [.. queries.Select(q =>
        {
            var mixed = new double[width];
            for (var head = 0; head < Heads; head++)
            {
                var at = head * size;
                var scores = keysAndValues.Select(kv => Enumerable.Range(at, size).Sum(i => q[i] * kv[i]) / Math.Sqrt(size)).ToArray();
                var shares = scores.Select(s => Math.Exp(s - scores.Max())).ToArray();
                for (var i = at; i < at + size; i++)
                {
                    mixed[i] = keysAndValues.Zip(shares, (kv, share) => share / shares.Sum() * kv[width + i]).Sum();
                }
            }

            return mixed;
        })];
    }

    private static double[][] Norm(Dictionary<string, double[]> w, string name, double[][] x) =>
    [
        .. x.Select(step =>
        {
            var mean = step.Average();
            var std = Math.Sqrt(step.Average(v => (v - mean) * (v - mean)) + 1e-5);
            return step.Select((v, i) => ((v - mean) / std * w[$"{name}.weight"][i]) + w[$"{name}.bias"][i]).ToArray();
        }),
    ];

    private static double[] Dense(Dictionary<string, double[]> w, string name, double[] x) =>
        [.. w[$"{name}.bias"].Select((b, o) => b + x.Select((v, i) => v * w[$"{name}.weight"][(o * x.Length) + i]).Sum())];

    private static double[] Add(double[] x, double[] y) => [.. x.Zip(y, (a, b) => a + b)];

    private static double[][] Rows(Tensor x)
    {
        var values = x.contiguous().data<float>().Select(v => (double)v).ToArray();
        return [.. values.Chunk((int)x.shape[1])];
    }
}
