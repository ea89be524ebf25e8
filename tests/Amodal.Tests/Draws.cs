using Amodal.Diffusion;
using Amodal.Native;
using Amodal.Randomness;
using static TorchSharp.torch;

namespace Amodal.Tests;

/// <summary>Seeded tensors for tests.</summary>
internal static class Draws
{
    public static Tensor Normal(ulong seed, params long[] shape) => Normal(new StableRandom(seed), shape);

    public static Tensor Normal(StableRandom random, params long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        random.FillNormal(values);
        return tensor(values, shape);
    }

    /// <summary>Gives every parameter a random value, so that zero-initialised layers hide nothing.</summary>
    public static void Fill(nn.Module module, ulong seed, double std)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var random = new StableRandom(seed);
        foreach (var p in module.parameters())
        {
            p.copy_(Normal(random, p.shape).Times(std));
        }
    }

    /// <summary>
    /// Draws a fresh module's weights anew, as torch does (uniform, at most 1 / sqrt(inputs)), but from a generator of
    /// ours: torch's global one is shared with the tests that run beside. Layers that start at 0 stay there.
    /// </summary>
    public static void Initialise(nn.Module module, ulong seed)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var random = new StableRandom(seed);
        foreach (var p in module.parameters().Where(p => p.dim() > 1 && p.count_nonzero().item<long>() > 0))
        {
            var bound = 1 / Math.Sqrt(p.numel() / (double)p.shape[0]);
            p.copy_(tensor(Enumerable.Range(0, (int)p.numel()).Select(_ => (float)(bound * ((2 * random.NextDouble()) - 1))).ToArray(), p.shape));
        }

        foreach (var (name, p) in module.named_parameters().Where(p => p.name.EndsWith("bias", StringComparison.Ordinal)))
        {
            p.zero_();
        }
    }

    /// <summary>The largest |a - b|.</summary>
    public static double Distance(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        return (a - b).abs().max().item<float>();
    }

    /// <summary>Noise from a generator of ours.</summary>
    internal sealed class Noise(ulong seed) : INoise
    {
        private readonly StableRandom _random = new(seed);

        public Tensor Like(Tensor x) => Normal(_random, x.shape);
    }
}
