using System.Diagnostics;

namespace Amodal.Diffusion.Networks;

/// <summary>What the score networks of all modalities cost for one utterance: operations, counted, and how many a second this machine does in one of them, measured.</summary>
internal sealed class ScoreCost
{
    private const int Batch = 32;
    private readonly Dictionary<(int Target, ModalitySet Given), (long Evaluation, long Preparation)> _counts = [];
    private readonly int _modalities;

    private ScoreCost(int modalities) => _modalities = modalities;

    /// <summary>Operations per second at a batch of 32, all conditions given.</summary>
    public double Rate { get; private set; }

    /// <summary>Operations of one evaluation of every network in training: rows of a batch observe different sets, so that each network is given all others, masked.</summary>
    public double Step => Enumerable.Range(0, _modalities).Sum(m => (double)Of(m, Others(m)).Evaluation);

    /// <summary>Operations of one evaluation given one other modality: the mean over targets and givers.</summary>
    public double OfOne => _counts.Where(c => c.Key.Given.Count == 1).Average(c => (double)c.Value.Evaluation);

    /// <summary>Operations of an evaluation, and the part of it that conditions cost once for all evaluations.</summary>
    /// <param name="given">The conditions.</param>
    public (long Evaluation, long Preparation) Of(int target, ModalitySet given) => _counts[(target, given)];

    /// <summary>Counts for every target and every set of others, and times two forward passes.</summary>
    /// <param name="shapes">The latents, one per modality.</param>
    public static ScoreCost Measure(BackboneOptions options, IReadOnlyList<LatentShape> shapes)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var cost = new ScoreCost(shapes.Count);
        ModalitySet[] sets = [default, .. Patterns.All(shapes.Count)];
        for (var target = shapes.Count - 1; target > 0; target--)
        {
            using var other = Create(target);
            cost.Count(target, other, sets);
        }

        using var network = Create(0);
        cost.Count(0, network, sets);
        var given = cost.Others(0);
        List<Condition> conditions = [.. given.Members.Select(m => new Condition(m, zeros(Batch, shapes[m].Channels, shapes[m].Length)))];
        var (x, t) = (zeros(Batch, shapes[0].Channels, shapes[0].Length), full(Batch, 0.5f));
        network.Evaluate(x, t, conditions); // the first pass also fetches memory
        var clock = Stopwatch.StartNew();
        network.Evaluate(x, t, conditions);
        cost.Rate = Batch * cost.Of(0, given).Evaluation / clock.Elapsed.TotalSeconds;
        return cost;

        ScoreNetwork Create(int target)
        {
            var created = BackboneFactory.Create(options, shapes, target, new StableRandom(0));
            created.eval();
            return created;
        }
    }

    private ModalitySet Others(int target) => ModalitySet.All(_modalities).Without(ModalitySet.Of(target));

    private void Count(int target, ScoreNetwork network, IEnumerable<ModalitySet> sets)
    {
        foreach (var given in sets.Where(s => !s.Contains(target)))
        {
            int[] members = [.. given.Members];
            _counts[(target, given)] = (network.CountFlops(members), network.CountPreparationFlops(members));
        }
    }
}

/// <summary>
/// Floating-point operations by the usual convention: two for each multiply-add of a matrix product or convolution;
/// biases, norms, activations and softmax are not counted.
/// </summary>
internal static class FlopCount
{
    /// <summary>A dense layer on tokens: 2 tokens inputs outputs.</summary>
    public static long Linear(long tokens, long inputs, long outputs) => checked(2 * tokens * inputs * outputs);

    /// <summary>The two products of attention, Q K^T and P V, over all heads: 4 queries keys width.</summary>
    public static long Attention(long queries, long keys, long width) => checked(4 * queries * keys * width);

    /// <summary>A convolution: 2 steps inputs outputs kernel, the steps those of the shorter side (out, or in when transposed).</summary>
    public static long Convolution(long steps, long inputs, long outputs, long kernel) => checked(2 * steps * inputs * outputs * kernel);
}
