using Amodal.Latents;
using Amodal.Native;
using Amodal.Randomness;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Amodal.Diffusion.Networks;

/// <summary>
/// ScoreTransformer1D (thesis, 5.1.4): a token per time step; the target's tokens, with the time embedding, and the
/// given conditions' tokens attend to each other, and the target's tokens are read out. The thesis leaves out the
/// positional and the modality embedding, without which attention could not tell steps and modalities apart. Ours, too,
/// is a skip from x to the answer, with a gain per channel that depends on time.
/// </summary>
/// <remarks>
/// A condition that is masked by <see cref="Condition.Present"/> and one that is left out give the same answer. The same
/// modality may be given twice, once clean and once noisy, for batches in which rows differ (joint recovery).
/// </remarks>
public sealed class ScoreTransformer1D : ScoreNetwork
{
    private const string PositionsKey = "positions";
    private readonly int _width;
    [ComponentName(Name = "inputs")]
    private readonly ModuleList<Linear> _inputs;
    [ComponentName(Name = "modality_embedding")]
    private readonly Parameter _modalityEmbedding;
    [ComponentName(Name = "noisy_embedding")]
    private readonly Parameter _noisyEmbedding;
    [ComponentName(Name = "time")]
    private readonly GaussianFourierEmbedding _time;
    [ComponentName(Name = "blocks")]
    private readonly ModuleList<SelfAttentionBlock> _blocks;
    [ComponentName(Name = "output_norm")]
    private readonly LayerNorm _outputNorm;
    [ComponentName(Name = "output")]
    private readonly Linear _output;
    [ComponentName(Name = "skip_gain")]
    private readonly Linear _skipGain;

    /// <summary>Creates the network: weights from torch's global generator, time frequencies from the given one.</summary>
    /// <param name="options">Its size.</param>
    /// <param name="shapes">The shapes of all modalities' latents, in the data set's order; any lengths from 1.</param>
    /// <param name="target">The modality that it recovers.</param>
    /// <param name="random">Draws the fixed frequencies of the time embedding.</param>
    /// <exception cref="InputException">The width is not a multiple of the heads, or the time width is odd.</exception>
    public ScoreTransformer1D(BackboneOptions options, IReadOnlyList<LatentShape> shapes, int target, StableRandom random)
        : base(nameof(ScoreTransformer1D), shapes, target)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(random);
        CheckOptions(options);
        _width = options.Width;
        _inputs = nn.ModuleList(shapes.Select(s => nn.Linear(s.Channels, _width)).ToArray());
        _modalityEmbedding = SmallNormal(shapes.Count, _width);
        _noisyEmbedding = SmallNormal(_width);
        _time = new GaussianFourierEmbedding(options.TimeWidth, _width, random);
        _blocks = nn.ModuleList(Enumerable.Range(0, options.Blocks)
            .Select(_ => new SelfAttentionBlock(_width, options.Heads, options.MlpWidth)).ToArray());
        _outputNorm = nn.LayerNorm(_width);
        // Starting from score 0 keeps the first steps calm: the loss begins at 1, that of a network that knows nothing.
        _output = ZeroLinear(_width, shapes[target].Channels);
        _skipGain = ZeroLinear(_width, shapes[target].Channels);
        register_buffer(PositionsKey, SinusoidalPositions.Table(shapes.Max(s => s.Length), _width), persistent: false);
        RegisterComponents();
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A shape differs, the target conditions itself, or a condition is given twice.</exception>
    public override Tensor Evaluate(Tensor x, Tensor t, IReadOnlyList<Condition> conditions)
    {
        CheckInputs(x, t, conditions);
        using var scope = NewDisposeScope();
        var time = _time.forward(t);
        List<Tensor> tokens = [Tokens(Target, x).Plus(time.unsqueeze(1))];
        tokens.AddRange(conditions.Select(c => c.IsNoisy ? Tokens(c.Modality, c.Latent).Plus(_noisyEmbedding) : Tokens(c.Modality, c.Latent)));
        var h = cat(tokens, 1);
        var mask = Mask(x, conditions);
        for (var i = 0; i < _blocks.Count; i++)
        {
            // Nobody reads the condition tokens after the last block, so it answers for the target's only.
            h = _blocks[i].Forward(h, mask, keep: i + 1 < _blocks.Count ? h.shape[1] : Shapes[Target].Length);
        }

        return WithSkip(_output.forward(_outputNorm.forward(h)), _skipGain, time, x).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Counted as published: every token through every block, 2 n (4 d^2 + 2 d mlp) + 4 n^2 d a block with n tokens,
    /// plus the projections in and out, the time's dense layer and the skip's gain. What is run is less, as the last block answers for
    /// the target's tokens only.
    /// </remarks>
    public override long CountFlops(IReadOnlyList<int> conditions)
    {
        ArgumentNullException.ThrowIfNull(conditions);
        int[] given = [Target, .. conditions];
        long tokens = given.Sum(m => Shapes[m].Length);
        return given.Sum(m => FlopCount.Linear(Shapes[m].Length, Shapes[m].Channels, _width))
            + FlopCount.Linear(1, _time.Features, _width)
            + FlopCount.Linear(1, _width, Shapes[Target].Channels)
            + _blocks.Sum(b => b.CountFlops(tokens))
            + FlopCount.Linear(Shapes[Target].Length, _width, Shapes[Target].Channels);
    }

    private static Parameter SmallNormal(params long[] shape) => new(nn.init.normal_(empty(shape), 0, 0.02));

    /// <summary>(batch, channels, time) as tokens (batch, time, width) that know their step and modality.</summary>
    private Tensor Tokens(int modality, Tensor latent)
    {
        var place = get_buffer(PositionsKey)!.narrow(0, 0, latent.shape[2]).Plus(_modalityEmbedding[modality]);
        return _inputs[modality].forward(latent.transpose(1, 2)).Plus(place.to_type(latent.dtype));
    }

    /// <summary>(batch, 1, 1, tokens), true for tokens that exist; null when all do.</summary>
    private Tensor? Mask(Tensor x, IReadOnlyList<Condition> conditions)
    {
        if (conditions.All(c => c.Present is null))
        {
            return null;
        }

        var all = ones(x.shape[0], ScalarType.Bool, x.device);
        IEnumerable<(Tensor Present, int Length)> rows =
            [(all, Shapes[Target].Length), .. conditions.Select(c => (c.Present ?? all, Shapes[c.Modality].Length))];
        return cat(rows.Select(r => r.Present.unsqueeze(1).expand(-1, r.Length)).ToList(), 1).unsqueeze(1).unsqueeze(1);
    }
}
