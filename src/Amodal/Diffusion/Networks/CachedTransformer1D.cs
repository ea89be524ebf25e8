namespace Amodal.Diffusion.Networks;

/// <summary>
/// A transformer that looks at its conditions once (ours): their tokens pass a few blocks among themselves and become
/// keys and values for every block of the target's tokens, which attend to each other and to those. Clean conditions do
/// not change along a sampling run, so an evaluation costs the target's tokens only: 48 for 144 in ScoreTransformer1D.
/// </summary>
/// <remarks>
/// A condition that is masked by <see cref="Condition.Present"/> and one that is left out give the same answer. Noisy
/// conditions (joint recovery) change with t and are worked out at every evaluation.
/// </remarks>
internal sealed class CachedTransformer1D : TokenScoreNetwork
{
    private readonly int _heads;
    [ComponentName(Name = "context")] private readonly ModuleList<SelfAttentionBlock> _context;
    [ComponentName(Name = "context_norm")] private readonly LayerNorm _contextNorm;
    [ComponentName(Name = "context_key_value")] private readonly Linear _contextKeyValue;
    [ComponentName(Name = "blocks")] private readonly ModuleList<SelfAttentionBlock> _blocks;
    [ComponentName(Name = "output_norm")] private readonly LayerNorm _outputNorm;
    [ComponentName(Name = "output")] private readonly Linear _output;
    [ComponentName(Name = "skip_gain")] private readonly Linear _skipGain;

    /// <summary>Creates the network: weights from torch's global generator, time frequencies from the given one.</summary>
    /// <param name="shapes">The shapes of all modalities' latents, in the data set's order; any lengths from 1.</param>
    public CachedTransformer1D(BackboneOptions options, IReadOnlyList<LatentShape> shapes, int target, StableRandom random)
        : base(nameof(CachedTransformer1D), options, shapes, target, random, o => o.Width)
    {
        _heads = options.Heads;
        _context = nn.ModuleList(Enumerable.Range(0, options.ContextBlocks)
            .Select(_ => new SelfAttentionBlock(Width, options.Heads, options.MlpWidth)).ToArray());
        _contextNorm = nn.LayerNorm(Width);
        _contextKeyValue = nn.Linear(Width, 2L * Width * options.Blocks); // one product serves every block
        _blocks = nn.ModuleList(Enumerable.Range(0, options.Blocks)
            .Select(_ => new SelfAttentionBlock(Width, options.Heads, options.MlpWidth)).ToArray());
        _outputNorm = nn.LayerNorm(Width);
        _output = ZeroLinear(Width, shapes[target].Channels);
        _skipGain = ZeroLinear(Width, shapes[target].Channels);
        RegisterComponents();
    }

    public override Tensor Evaluate(Tensor x, Tensor t, IReadOnlyList<Condition> conditions)
    {
        using var scope = NewDisposeScope();
        CheckInputs(x, t, conditions);
        return Denoise(x, t, MakeContext(conditions)).MoveToOuterDisposeScope();
    }

    public override Func<Tensor, Tensor, Tensor> Prepare(IReadOnlyList<Condition> conditions)
    {
        var context = MakeContext(conditions);
        return (x, t) =>
        {
            CheckInputs(x, t, conditions);
            return Denoise(x, t, context);
        };
    }

    public override long CountFlops(IReadOnlyList<int> conditions)
    {
        var (own, given) = (Shapes[Target].Length, conditions.Sum(m => Shapes[m].Length));
        return CountPreparationFlops(conditions)
            + CountEmbeddingFlops([Target])
            + FlopCount.Linear(1, Width, Shapes[Target].Channels)
            + _blocks.Sum(b => b.CountFlops(own, given))
            + FlopCount.Linear(own, Width, Shapes[Target].Channels);
    }

    public override long CountPreparationFlops(IReadOnlyList<int> conditions)
    {
        long given = conditions.Sum(m => Shapes[m].Length);
        return conditions.Sum(m => FlopCount.Linear(Shapes[m].Length, Shapes[m].Channels, Width))
            + _context.Sum(b => b.CountFlops(given))
            + FlopCount.Linear(given, Width, _contextKeyValue.weight.shape[0]);
    }

    /// <summary>Keys and values of the conditions for every block, and who may see them.</summary>
    private Context? MakeContext(IReadOnlyList<Condition> conditions)
    {
        if (conditions.Count == 0)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var h = cat([.. conditions.Select(Tokens)], 1);
        var mask = Mask(conditions[0].Latent, conditions);
        var shown = mask is null ? null : Seen(mask.narrow(3, Shapes[Target].Length, h.shape[1]));
        for (var i = 0; i < _context.Count; i++)
        {
            h = _context[i].Forward(h, shown, h.shape[1]);
        }

        var parts = MultiHead.Split(_contextKeyValue.forward(_contextNorm.forward(h)), 2 * _blocks.Count, _heads).unbind(0);
        return new Context([.. parts.Select(p => p.MoveToOuterDisposeScope())], mask?.MoveToOuterDisposeScope());
    }

    private Tensor Denoise(Tensor x, Tensor t, Context? context)
    {
        using var scope = NewDisposeScope();
        var time = EmbedTime(t);
        var h = Tokens(Target, x).Plus(time.unsqueeze(1));
        for (var i = 0; i < _blocks.Count; i++)
        {
            h = _blocks[i].Forward(h, context?.Mask, h.shape[1], context is null ? null : (context.Parts[2 * i], context.Parts[(2 * i) + 1]));
        }

        return WithSkip(_output.forward(_outputNorm.forward(h)), _skipGain, time, x).MoveToOuterDisposeScope();
    }

    /// <summary>A row that lacks every condition sees them all among themselves, to stay finite; its target sees none of them.</summary>
    private static Tensor Seen(Tensor present) => present | present.any(3, keepdim: true).logical_not();

    /// <param name="Parts">Keys and values by turns, (batch, heads, tokens, width / heads), a pair a block.</param>
    /// <param name="Mask">(batch, 1, 1, tokens) of the target and then the conditions, true for tokens that exist; null when all do.</param>
    private sealed record Context(Tensor[] Parts, Tensor? Mask);
}
