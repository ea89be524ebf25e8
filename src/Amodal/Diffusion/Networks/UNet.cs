namespace Amodal.Diffusion.Networks;

/// <summary>
/// IMDer's U-Net with cross-attention (Wang et al. 2023; thesis, 5.1.4) as a backbone for any modalities. On one condition
/// of as many channels as the first level is wide, it starts as the published network and can hold its weights.
/// </summary>
/// <remarks>
/// <para>Ours is what the published network lacks, all of it without effect at the start where widths agree: a dense layer
/// per modality on its conditions, the identity, which tells modalities apart (IMDer merges two conditions by a 1x1
/// convolution, once per pair); a mark of noisy conditions (joint recovery), 0; and the skip from x, 0. Several
/// conditions lie side by side in the attention's source, each with positions and causality of its own.</para>
/// <para>A condition that is masked by <see cref="Condition.Present"/> and one that is left out give the same answer.</para>
/// </remarks>
internal sealed class UNet : ScoreNetwork
{
    /// <inheritdoc cref="BackboneOptions.LevelRatio"/>
    internal const int LevelRatio = BackboneOptions.LevelRatio;

    [ComponentName(Name = "network")] private readonly ConditionalUNet _network;
    [ComponentName(Name = "inputs")] private readonly ModuleList<Linear> _inputs; // of all modalities but the target
    [ComponentName(Name = "noisy_embedding")] private readonly Parameter _noisyEmbedding;
    [ComponentName(Name = "output")] private readonly Linear? _output; // where the latent is not as wide as the first level
    [ComponentName(Name = "skip_gain")] private readonly Linear _skipGain;

    /// <summary>Creates the network: weights from torch's global generator, time frequencies from the given one.</summary>
    /// <param name="shapes">The shapes of all modalities' latents, in the data set's order; any lengths from 1.</param>
    public UNet(BackboneOptions options, IReadOnlyList<LatentShape> shapes, int target, StableRandom random)
        : base(nameof(UNet), shapes, target)
    {
        CheckOptions(options);
        var (channels, width) = (shapes[target].Channels, options.Width / LevelRatio);
        _network = new ConditionalUNet(channels, width, options.Heads, options.TimeWidth, shapes.Max(s => s.Length), random);
        _inputs = nn.ModuleList(shapes.Where((_, m) => m != target).Select(s => Input(s.Channels, width)).ToArray());
        _noisyEmbedding = new Parameter(zeros(width));
        _output = channels == width ? null : nn.Linear(width, channels);
        _skipGain = ZeroLinear(options.TimeWidth, channels);
        RegisterComponents();
    }

    /// <summary>The published network within.</summary>
    internal ConditionalUNet Published => _network;

    public override Tensor Evaluate(Tensor x, Tensor t, IReadOnlyList<Condition> conditions)
    {
        CheckInputs(x, t, conditions);
        using var scope = NewDisposeScope();
        var time = _network.EmbedTime(t);
        var h = _network.Forward(x, time, conditions.Select(c => new AttentionSource(Steps(c), c.Present)).ToList());
        return WithSkip(_output is null ? h : _output.forward(h), _skipGain, time, x).MoveToOuterDisposeScope();
    }

    /// <remarks>0.068 G at the published sizes with one condition; the published network merges two into one before it.</remarks>
    public override long CountFlops(IReadOnlyList<int> conditions)
    {
        var (channels, length) = Shapes[Target];
        return _network.CountFlops(length, conditions.Select(m => Shapes[m].Length).ToList())
            + conditions.Sum(m => FlopCount.Linear(Shapes[m].Length, Shapes[m].Channels, _network.Width))
            + (_output is null ? 0 : FlopCount.Linear(length, _network.Width, channels))
            + FlopCount.Linear(1, _skipGain.weight!.shape[1], channels);
    }

    /// <summary>From a modality's channels to the first level's width; where they agree, the identity.</summary>
    private static Linear Input(int channels, int width)
    {
        var layer = nn.Linear(channels, width);
        if (channels == width)
        {
            nn.init.eye_(layer.weight!);
            nn.init.zeros_(layer.bias!);
        }

        return layer;
    }

    /// <summary>(batch, channels, time) as (batch, time, width).</summary>
    private Tensor Steps(Condition condition)
    {
        var steps = _inputs[OtherIndex(condition)].forward(condition.Latent.transpose(1, 2));
        return condition.IsNoisy ? steps.Plus(_noisyEmbedding) : steps;
    }
}
