using Amodal.Diffusion;
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
            p.copy_(std * Normal(random, p.shape));
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
