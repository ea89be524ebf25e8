using static TorchSharp.torch.nn.functional;

namespace Amodal.Diffusion.Networks;

/// <summary>
/// MMDiT (Esser et al. 2024; thesis, 5.1.4): two streams of tokens, the target's and the conditions', with weights of
/// their own, that meet in the attention of every block.
/// </summary>
/// <remarks>
/// <para>The thesis gives widths and two sums, 8.8 M parameters and 1.21 GFLOP. They fit a modulation that is one for all
/// of the target's tokens, from time, and one per token of the conditions, from time and what the token holds ("for each
/// input sequence token", the thesis says).</para>
/// <para>Ours: the answer is modulated by time and the mean of the conditions' last tokens, which otherwise nobody would
/// read; and the skip from x, without which samples far out are not drawn back. A condition that is masked by
/// <see cref="Condition.Present"/> and one that is left out give the same answer.</para>
/// </remarks>
internal sealed class MMDiT : TokenScoreNetwork
{
    [ComponentName(Name = "condition_modulations")]
    private readonly ModuleList<Linear> _conditionModulations; // of all modalities but the target
    [ComponentName(Name = "target_blocks")] private readonly ModuleList<AdaptiveBlock> _targetBlocks;
    [ComponentName(Name = "condition_blocks")] private readonly ModuleList<AdaptiveBlock> _conditionBlocks;
    [ComponentName(Name = "output_modulation")] private readonly Modulation _outputModulation;
    [ComponentName(Name = "output")] private readonly Linear _output;
    [ComponentName(Name = "skip_gain")] private readonly Linear _skipGain;
    private readonly int _timeWidth;

    /// <summary>Creates the network: weights from torch's global generator, time frequencies from the given one.</summary>
    /// <param name="options">Its size; the thesis's has a time width of 128.</param>
    /// <param name="shapes">The shapes of all modalities' latents, in the data set's order; any lengths from 1.</param>
    public MMDiT(BackboneOptions options, IReadOnlyList<LatentShape> shapes, int target, StableRandom random)
        : base(nameof(MMDiT), options, shapes, target, random, o => o.TimeWidth)
    {
        _timeWidth = options.TimeWidth;
        _conditionModulations = nn.ModuleList(shapes.Where((_, m) => m != target).Select(s => nn.Linear(s.Channels, _timeWidth)).ToArray());
        _targetBlocks = nn.ModuleList(Enumerable.Range(0, options.Blocks).Select(_ => new AdaptiveBlock(options, _timeWidth)).ToArray());
        _conditionBlocks = nn.ModuleList(Enumerable.Range(0, options.Blocks).Select(_ => new AdaptiveBlock(options, _timeWidth)).ToArray());
        _outputModulation = new Modulation(2, Width, _timeWidth, Width);
        _output = ZeroLinear(Width, shapes[target].Channels);
        _skipGain = ZeroLinear(_timeWidth, shapes[target].Channels);
        RegisterComponents();
    }

    public override Tensor Evaluate(Tensor x, Tensor t, IReadOnlyList<Condition> conditions)
    {
        CheckInputs(x, t, conditions);
        using var scope = NewDisposeScope();
        var time = EmbedTime(t);
        var shared = time.unsqueeze(1);
        var h = Tokens(Target, x);
        Tensor? pooled = null;
        if (conditions.Count == 0)
        {
            foreach (var block in _targetBlocks)
            {
                h = block.Forward(h, shared, steps: null);
            }
        }
        else
        {
            var mask = Mask(x, conditions);
            var own = cat(conditions.Select(c => ConditionModulation(c).forward(c.Latent.transpose(1, 2))).ToList(), 1).Plus(shared);
            var c = cat(conditions.Select(Tokens).ToList(), 1);
            foreach (var (target, condition) in _targetBlocks.Zip(_conditionBlocks))
            {
                (h, c) = Meet(target, condition, h, c, shared, own, mask);
            }

            pooled = Pool(c, mask);
        }

        var parts = _outputModulation.Forward(shared, pooled);
        return WithSkip(_output.forward(Modulation.Apply(h, parts[0], parts[1])), _skipGain, time, x).MoveToOuterDisposeScope();
    }

    public override long CountFlops(IReadOnlyList<int> conditions)
    {
        var (channels, length) = Shapes[Target];
        long others = conditions.Sum(m => Shapes[m].Length);
        return CountEmbeddingFlops([Target, .. conditions])
            + conditions.Sum(m => FlopCount.Linear(Shapes[m].Length, Shapes[m].Channels, _timeWidth))
            + _targetBlocks.Sum(b => b.CountFlops(length, shared: 1) + FlopCount.Attention(length + others, length + others, Width))
            + _conditionBlocks.Sum(b => b.CountFlops(others, shared: others))
            + _outputModulation.CountFlops(1, conditions.Count > 0 ? 1 : 0)
            + FlopCount.Linear(length, Width, channels) + FlopCount.Linear(1, _timeWidth, channels);
    }

    /// <summary>One block of both streams: all tokens attend to all.</summary>
    private static (Tensor Target, Tensor Condition) Meet(
        AdaptiveBlock target, AdaptiveBlock condition, Tensor h, Tensor c, Tensor shared, Tensor own, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var (targetParts, conditionParts) = (target.Modulate(shared), condition.Modulate(own));
        var projected = cat([target.Project(h, targetParts), condition.Project(c, conditionParts)], 3).unbind(0);
        var mixed = MultiHead.Mix(projected[0], projected[1], projected[2], mask);
        var answer = target.Finish(h, mixed.narrow(1, 0, h.shape[1]), targetParts);
        var other = condition.Finish(c, mixed.narrow(1, h.shape[1], c.shape[1]), conditionParts);
        return (answer.MoveToOuterDisposeScope(), other.MoveToOuterDisposeScope());
    }

    /// <summary>The mean of the normed condition tokens that exist, (batch, 1, width); 0 in rows without any.</summary>
    private static Tensor Pool(Tensor c, Tensor? mask)
    {
        var normed = layer_norm(c, [c.shape[2]]);
        if (mask is null)
        {
            return normed.mean([1], keepdim: true);
        }

        var weight = mask[.., 0, 0].narrow(1, mask.shape[3] - c.shape[1], c.shape[1]).to_type(c.dtype).unsqueeze(2);
        var count = weight.sum(1, keepdim: true);
        return (normed * weight).sum(1, keepdim: true) / count.maximum(ones_like(count));
    }

    private Linear ConditionModulation(Condition condition) =>
        _conditionModulations[OtherIndex(condition)];
}
