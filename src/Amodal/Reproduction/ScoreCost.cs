using System.Diagnostics;
using Amodal.Diffusion.Networks;
using Amodal.Latents;
using Amodal.Randomness;
using static TorchSharp.torch;

namespace Amodal.Reproduction;

/// <summary>What one evaluation of a score network costs for one utterance: operations, counted, and how many a second this machine does in it, measured.</summary>
/// <param name="Flops">Mean over the modalities, one other modality given.</param>
/// <param name="FlopsOfTwo">With two others given; as <paramref name="Flops"/> where there are no two.</param>
/// <param name="Rate">Operations per second at a batch of 32.</param>
public sealed record ScoreCost(double Flops, double FlopsOfTwo, double Rate)
{
    private const int Batch = 32;

    /// <summary>Counts, and times two forward passes.</summary>
    public static ScoreCost Measure(BackboneOptions options, IReadOnlyList<LatentShape> shapes)
    {
        ArgumentNullException.ThrowIfNull(shapes);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var network = BackboneFactory.Create(options, shapes, target: 0, new StableRandom(0));
        network.eval();
        var one = network.CountFlops([1]);
        var two = shapes.Count > 2 ? network.CountFlops([1, 2]) : one;
        var conditions = Enumerable.Range(1, Math.Min(2, shapes.Count - 1)).Select(m => new Condition(m, zeros(Batch, shapes[m].Channels, shapes[m].Length))).ToList();
        var (x, t) = (zeros(Batch, shapes[0].Channels, shapes[0].Length), full(Batch, 0.5f));
        network.Evaluate(x, t, conditions); // the first pass also fetches memory
        var clock = Stopwatch.StartNew();
        network.Evaluate(x, t, conditions);
        return new ScoreCost(one, two, Batch * two / clock.Elapsed.TotalSeconds);
    }
}
