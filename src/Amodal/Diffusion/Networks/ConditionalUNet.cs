using static TorchSharp.torch.nn.functional;

namespace Amodal.Diffusion.Networks;

/// <summary>
/// IMDer's score network (Wang et al. 2023), a U-Net over time with cross-attention to the conditions at every level,
/// keyed as in its published checkpoints (less version and embed_positions._float_tensor, which carry no meaning). Four
/// levels of 1, 2, 4 and 8 times the first width, each half as long as the one before.
/// </summary>
/// <remarks>
/// The conditions reach the first attention as they are, then go down and up by a chain of convolutions of their own,
/// without anything between them. Levels take the attention's answer, then the time, then the norm, then swish; the last
/// one takes the attention's answer only. Ours: conditions of any number and length, each taken through the chain by
/// itself and all attended to as one; rows that lack some; and lengths that do not halve evenly (the way up is as long as
/// the way down was).
/// </remarks>
internal sealed class ConditionalUNet : nn.Module
{
    private const int Kernel = 3;
    private const int LevelCount = 4;
    private readonly int _channels;
    private readonly int _timeWidth;
    [ComponentName(Name = "embed")] private readonly Sequential _embed;
    private readonly Level<TimeConvolution>[] _down;
    private readonly Level<TransposedTimeConvolution>[] _up;

    /// <summary>Creates the network: weights from torch's global generator, time frequencies from the given one.</summary>
    /// <param name="channels">Channels of the latent, 32 as published.</param>
    /// <param name="width">Width of the first level, a multiple of the heads; 32 as published. Conditions have it, and so has the answer.</param>
    /// <param name="heads">Attention heads; 8 as published.</param>
    /// <param name="timeWidth">Width of the time embedding, even; 256 as published.</param>
    public ConditionalUNet(int channels, int width, int heads, int timeWidth, int longest, StableRandom random)
        : base(nameof(ConditionalUNet))
    {
        (_channels, _timeWidth, Width) = (channels, timeWidth, width);
        var options = new CausalTransformerOptions { Heads = heads };
        _embed = nn.Sequential(new FourierFeatures(timeWidth, random), nn.Linear(timeWidth, timeWidth));
        _down = [.. Enumerable.Range(1, LevelCount).Select(Down)];
        _up = [.. Enumerable.Range(1, LevelCount).Reverse().Select(Up)];
        RegisterComponents();

        Level<TimeConvolution> Down(int n)
        {
            var (inputs, outputs) = (n == 1 ? channels : LevelWidth(n - 1), LevelWidth(n));
            return new(
                inputs, outputs,
                Named($"conv{n}", new TimeConvolution(inputs, outputs, Kernel, padding: 1, hasBias: false, stride: n == 1 ? 1 : 2)),
                n == 1 ? null : Named($"conv{n}_cond", new TimeConvolution(inputs, outputs, Kernel, padding: 1, hasBias: false, stride: 2)),
                Named($"attention_{n}", new CausalTransformer(outputs, longest, options)),
                Named($"dense{n}", Dense(outputs)),
                Named($"gnorm{n}", new ChannelGroupNorm(n == 1 ? 4 : 32, outputs)));
        }

        Level<TransposedTimeConvolution> Up(int n)
        {
            var (inputs, outputs, isLast) = (n == LevelCount ? LevelWidth(n) : 2 * LevelWidth(n), LevelWidth(Math.Max(1, n - 1)), n == 1);
            return new(
                inputs, outputs,
                Named($"tconv{n}", new TransposedTimeConvolution(inputs, outputs, Kernel, isLast ? 1 : 2, padding: 1, hasBias: isLast)),
                Named($"tconv{n}_cond", new TransposedTimeConvolution(LevelWidth(n), outputs, Kernel, isLast ? 1 : 2, padding: 1, hasBias: isLast)),
                Named($"attention_t{n}", new CausalTransformer(outputs, longest, options)),
                isLast ? null : Named($"dense{(2 * LevelCount) + 1 - n}", Dense(outputs)),
                isLast ? null : Named($"tgnorm{n}", new ChannelGroupNorm(32, outputs)));
        }

        Sequential Dense(int outputs) => nn.Sequential(("dense", nn.Linear(timeWidth, outputs)));
    }

    /// <summary>Width of the first level, of the conditions and of the answer.</summary>
    public int Width { get; }

    /// <summary>The time embedding that all levels take.</summary>
    /// <param name="t">Diffusion time, (batch).</param>
    /// <returns>(batch, time width).</returns>
    public Tensor EmbedTime(Tensor t)
    {
        using var scope = NewDisposeScope();
        return silu(_embed.forward(t)).MoveToOuterDisposeScope();
    }

    /// <summary>The published network on one condition or none.</summary>
    /// <param name="x">Noisy latent, (batch, channels, time).</param>
    /// <param name="t">Diffusion time, (batch).</param>
    /// <param name="condition">(batch, width, time'), at any noise; null for none.</param>
    /// <returns>The raw answer, (batch, width, time), from which score = raw / std(t).</returns>
    public Tensor Forward(Tensor x, Tensor t, Tensor? condition = null)
    {
        using var scope = NewDisposeScope();
        return Forward(x, EmbedTime(t), condition is null ? [] : [new AttentionSource(condition.transpose(1, 2))])
            .transpose(1, 2).MoveToOuterDisposeScope();
    }

    /// <summary>The network on any conditions.</summary>
    /// <param name="x">Noisy latent, (batch, channels, time).</param>
    /// <param name="time">The time embedding, from <see cref="EmbedTime"/>.</param>
    /// <param name="conditions">Each (batch, time', width), of any length; one that a row lacks is as one left out.</param>
    /// <returns>The raw answer, (batch, time, width).</returns>
    public Tensor Forward(Tensor x, Tensor time, IReadOnlyList<AttentionSource> conditions)
    {
        using var scope = NewDisposeScope();
        var isGiven = IsGiven(x, conditions);
        var h = x.transpose(1, 2);
        var skips = new List<Tensor>();
        var lengths = new List<long[]>();
        foreach (var level in _down)
        {
            if (level.ConditionConvolution is { } convolution)
            {
                lengths.Add([h.shape[1], .. conditions.Select(c => c.Steps.shape[1])]);
                conditions = [.. conditions.Select(c => c with { Steps = convolution.forward(c.Steps) })];
            }

            h = level.Finish(level.Convolution.forward(h), conditions, isGiven, time);
            skips.Add(h);
        }

        for (var i = 0; i < _up.Length; i++)
        {
            var level = _up[i];
            long[] length = i < lengths.Count ? lengths[^(i + 1)] : [h.shape[1], .. conditions.Select(c => c.Steps.shape[1])];
            conditions = [.. conditions.Select((c, n) => c with { Steps = level.ConditionConvolution!.Forward(c.Steps, length[n + 1]) })];
            h = level.Convolution.Forward(i == 0 ? h : cat([h, skips[^(i + 1)]], 2), length[0]);
            h = level.Finish(h, conditions, isGiven, time);
        }

        return h.MoveToOuterDisposeScope();
    }

    /// <summary>Floating-point operations for one utterance, as <see cref="FlopCount"/> counts them.</summary>
    /// <param name="conditions">Steps of each condition.</param>
    public long CountFlops(long length, IReadOnlyList<int> conditions)
    {
        var total = FlopCount.Linear(1, _timeWidth, _timeWidth)
            + _down.Sum(l => FlopCount.Linear(1, _timeWidth, l.Outputs)) + _up.Where(l => l.Time is not null).Sum(l => FlopCount.Linear(1, _timeWidth, l.Outputs));
        for (var n = 1; n <= LevelCount; n++)
        {
            var (down, up) = (_down[n - 1], _up[LevelCount - n]);
            var (fine, coarse) = (Steps(length, n - 1), Steps(length, n));
            var fineKeys = conditions.Sum(c => Steps(c, n - 1));
            var coarseKeys = conditions.Sum(c => Steps(c, n));
            total += FlopCount.Convolution(coarse, down.Inputs, down.Outputs, Kernel) + FlopCount.Convolution(coarse, up.Inputs, up.Outputs, Kernel)
                + (down.ConditionConvolution is null ? 0 : FlopCount.Convolution(coarseKeys, down.Inputs, down.Outputs, Kernel))
                + FlopCount.Convolution(coarseKeys, LevelWidth(n), up.Outputs, Kernel);
            total += conditions.Count == 0 ? 0 : down.Attention.CountFlops(coarse, coarseKeys) + up.Attention.CountFlops(fine, fineKeys);
        }

        return total;

        static long Steps(long full, int level) => (full + (1 << Math.Max(0, level - 1)) - 1) >> Math.Max(0, level - 1);
    }

    private int LevelWidth(int n) => Width << (n - 1);

    private T Named<T>(string key, T module)
        where T : nn.Module
    {
        register_module(key, module);
        return module;
    }

    /// <summary>(batch, 1, 1), 0 for rows that lack every condition; null where there is no such row to think of.</summary>
    private static Tensor? IsGiven(Tensor x, IReadOnlyList<AttentionSource> conditions) =>
        conditions.Count == 0 || conditions.Any(c => c.Present is null)
            ? null
            : conditions.Select(c => c.Present!).Aggregate((one, other) => one | other).to_type(x.dtype).view(-1, 1, 1);

    /// <summary>A level's modules; registered by the network, under the published names.</summary>
    private sealed record Level<TConvolution>(
        int Inputs,
        int Outputs,
        TConvolution Convolution,
        TConvolution? ConditionConvolution,
        CausalTransformer Attention,
        Sequential? Time,
        ChannelGroupNorm? Norm)
        where TConvolution : nn.Module
    {
        public Tensor Finish(Tensor h, IReadOnlyList<AttentionSource> conditions, Tensor? isGiven, Tensor time)
        {
            if (conditions.Count > 0)
            {
                var attended = Attention.Encode(h, conditions);
                h = h.Plus(isGiven is null ? attended : attended * isGiven);
            }

            return Time is null ? h : silu(Norm!.forward(h.Plus(Time.forward(time).unsqueeze(1))));
        }
    }
}
