using static TorchSharp.torch.nn.functional;

namespace Amodal.Diffusion.Networks;

/// <summary>
/// DiT with adaLN-Zero (Peebles and Xie 2023; thesis, 5.1.4): the target's tokens only; time and conditions reach them by
/// the shifts, scales and gates of every block.
/// </summary>
/// <remarks>
/// <para>The thesis gives a width and two sums, 9.3 M parameters and 0.53 GFLOP. They fit a modulation from two vectors:
/// one per token, the projected condition at that step, and one that all tokens share, time and a summary of the whole
/// conditions (a dense layer on all their steps at once, the only part that grows with the length).</para>
/// <para>Ours: a condition of another length is averaged or repeated to the target's; several are added up; and the skip
/// from x, without which samples far out are not drawn back. A condition that is masked by
/// <see cref="Condition.Present"/> and one that is left out give the same answer.</para>
/// </remarks>
internal sealed class DiT : TokenScoreNetwork
{
    [ComponentName(Name = "summaries")] private readonly ModuleList<Linear> _summaries; // of all modalities but the target
    [ComponentName(Name = "blocks")] private readonly ModuleList<AdaptiveBlock> _blocks;
    [ComponentName(Name = "output_modulation")] private readonly Modulation _outputModulation;
    [ComponentName(Name = "output")] private readonly Linear _output;
    [ComponentName(Name = "skip_gain")] private readonly Linear _skipGain;

    /// <summary>Creates the network: weights from torch's global generator, time frequencies from the given one.</summary>
    /// <param name="shapes">The shapes of all modalities' latents, in the data set's order; any lengths from 1.</param>
    public DiT(BackboneOptions options, IReadOnlyList<LatentShape> shapes, int target, StableRandom random)
        : base(nameof(DiT), options, shapes, target, random, o => o.Width)
    {
        _summaries = nn.ModuleList(shapes.Where((_, m) => m != target).Select(s => nn.Linear(s.Channels * s.Length, Width)).ToArray());
        _blocks = nn.ModuleList(Enumerable.Range(0, options.Blocks).Select(_ => new AdaptiveBlock(options, Width, Width)).ToArray());
        _outputModulation = new Modulation(2, Width, Width, Width);
        _output = ZeroLinear(Width, shapes[target].Channels);
        _skipGain = ZeroLinear(Width, shapes[target].Channels);
        RegisterComponents();
    }

    public override Tensor Evaluate(Tensor x, Tensor t, IReadOnlyList<Condition> conditions)
    {
        CheckInputs(x, t, conditions);
        using var scope = NewDisposeScope();
        var time = EmbedTime(t);
        var shared = conditions.Aggregate(time, (sum, c) => sum.Plus(WherePresent(Summary(c), c))).unsqueeze(1);
        var steps = conditions.Select(c => WherePresent(Aligned(c), c)).Aggregate((Tensor?)null, (sum, next) => sum?.Plus(next) ?? next);
        var h = Tokens(Target, x);
        foreach (var block in _blocks)
        {
            h = block.Forward(h, shared, steps);
        }

        var parts = _outputModulation.Forward(shared, steps);
        return WithSkip(_output.forward(Modulation.Apply(h, parts[0], parts[1])), _skipGain, time, x).MoveToOuterDisposeScope();
    }

    public override long CountFlops(IReadOnlyList<int> conditions)
    {
        var (channels, length) = Shapes[Target];
        var steps = conditions.Count > 0 ? length : 0;
        return CountEmbeddingFlops([Target, .. conditions])
            + conditions.Sum(m => FlopCount.Linear(1, Shapes[m].Channels * Shapes[m].Length, Width))
            + _blocks.Sum(b => b.CountFlops(length, shared: 1, steps) + FlopCount.Attention(length, length, Width))
            + _outputModulation.CountFlops(1, steps)
            + FlopCount.Linear(length, Width, channels) + FlopCount.Linear(1, Width, channels);
    }

    /// <summary>0 in rows that lack the condition.</summary>
    private static Tensor WherePresent(Tensor part, Condition condition) => condition.Present is { } present
        ? part * present.to_type(part.dtype).view([-1, .. Enumerable.Repeat(1L, (int)part.dim() - 1)])
        : part;

    /// <summary>What the condition says as a whole, (batch, width).</summary>
    private Tensor Summary(Condition condition) =>
        _summaries[OtherIndex(condition)].forward(condition.Latent.flatten(1));

    /// <summary>The condition's tokens, as many as the target's, (batch, time, width).</summary>
    private Tensor Aligned(Condition condition)
    {
        var tokens = Tokens(condition);
        var length = Shapes[Target].Length;
        return tokens.shape[1] == length ? tokens : adaptive_avg_pool1d(tokens.transpose(1, 2), length).transpose(1, 2);
    }
}
