namespace Amodal.Diffusion.Networks;

/// <summary>
/// ScoreTransformer1D (thesis, 5.1.4): a token per time step; the target's tokens, with the time embedding, and the
/// given conditions' tokens attend to each other, and the target's tokens are read out. Ours is a skip from x to the
/// answer, with a gain per channel that depends on time.
/// </summary>
/// <remarks>
/// A condition that is masked by <see cref="Condition.Present"/> and one that is left out give the same answer. The same
/// modality may be given twice, once clean and once noisy, for batches in which rows differ (joint recovery).
/// </remarks>
internal sealed class ScoreTransformer1D : TokenScoreNetwork
{
    [ComponentName(Name = "blocks")] private readonly ModuleList<SelfAttentionBlock> _blocks;
    [ComponentName(Name = "output_norm")] private readonly LayerNorm _outputNorm;
    [ComponentName(Name = "output")] private readonly Linear _output;
    [ComponentName(Name = "skip_gain")] private readonly Linear _skipGain;

    /// <summary>Creates the network: weights from torch's global generator, time frequencies from the given one.</summary>
    /// <param name="shapes">The shapes of all modalities' latents, in the data set's order; any lengths from 1.</param>
    public ScoreTransformer1D(BackboneOptions options, IReadOnlyList<LatentShape> shapes, int target, StableRandom random)
        : base(nameof(ScoreTransformer1D), options, shapes, target, random, o => o.Width)
    {
        _blocks = nn.ModuleList(Enumerable.Range(0, options.Blocks)
            .Select(_ => new SelfAttentionBlock(Width, options.Heads, options.MlpWidth)).ToArray());
        _outputNorm = nn.LayerNorm(Width);
        // Starting from score 0 keeps the first steps calm: the loss begins at 1, that of a network that knows nothing.
        _output = ZeroLinear(Width, shapes[target].Channels);
        _skipGain = ZeroLinear(Width, shapes[target].Channels);
        RegisterComponents();
    }

    public override Tensor Evaluate(Tensor x, Tensor t, IReadOnlyList<Condition> conditions)
    {
        CheckInputs(x, t, conditions);
        using var scope = NewDisposeScope();
        var time = EmbedTime(t);
        var h = cat([Tokens(Target, x).Plus(time.unsqueeze(1)), .. conditions.Select(Tokens)], 1);
        var mask = Mask(x, conditions);
        for (var i = 0; i < _blocks.Count; i++)
        {
            // Nobody reads the condition tokens after the last block, so it answers for the target's only.
            h = _blocks[i].Forward(h, mask, keep: i + 1 < _blocks.Count ? h.shape[1] : Shapes[Target].Length);
        }

        return WithSkip(_output.forward(_outputNorm.forward(h)), _skipGain, time, x).MoveToOuterDisposeScope();
    }

    /// <remarks>
    /// Counted as published: every token through every block, 2 n (4 d^2 + 2 d mlp) + 4 n^2 d a block with n tokens,
    /// plus the projections in and out, the time's dense layer and the skip's gain. What is run is less, as the last block
    /// answers for the target's tokens only.
    /// </remarks>
    public override long CountFlops(IReadOnlyList<int> conditions)
    {
        int[] given = [Target, .. conditions];
        long tokens = given.Sum(m => Shapes[m].Length);
        return CountEmbeddingFlops(given)
            + FlopCount.Linear(1, Width, Shapes[Target].Channels)
            + _blocks.Sum(b => b.CountFlops(tokens))
            + FlopCount.Linear(Shapes[Target].Length, Width, Shapes[Target].Channels);
    }
}
