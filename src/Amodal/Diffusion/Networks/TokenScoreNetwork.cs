namespace Amodal.Diffusion.Networks;

/// <summary>
/// What the backbones made of transformer blocks share: latents as tokens, one a time step, that know their step, their
/// modality and whether they are noisy; and the time embedding. What the thesis leaves out of it, without which attention
/// could not tell steps and modalities apart, is the positional and the modality embedding.
/// </summary>
internal abstract class TokenScoreNetwork : ScoreNetwork
{
    private const string PositionsKey = "positions";
    [ComponentName(Name = "inputs")] private readonly ModuleList<Linear> _inputs;
    [ComponentName(Name = "modality_embedding")] private readonly Parameter _modalityEmbedding;
    [ComponentName(Name = "noisy_embedding")] private readonly Parameter _noisyEmbedding;
    [ComponentName(Name = "time")] private readonly GaussianFourierEmbedding _time;

    /// <param name="shapes">The shapes of all modalities' latents, in the data set's order.</param>
    private protected TokenScoreNetwork(
        string name, BackboneOptions options, IReadOnlyList<LatentShape> shapes, int target, StableRandom random, Func<BackboneOptions, int> timeOutputs)
        : base(name, shapes, target)
    {
        CheckOptions(options);
        Width = options.Width;
        _inputs = nn.ModuleList(shapes.Select(s => nn.Linear(s.Channels, Width)).ToArray());
        _modalityEmbedding = SmallNormal(shapes.Count, Width);
        _noisyEmbedding = SmallNormal(Width);
        _time = new GaussianFourierEmbedding(options.TimeWidth, timeOutputs(options), random);
        register_buffer(PositionsKey, SinusoidalPositions.Table(shapes.Max(s => s.Length), Width), persistent: false);
    }

    private protected int Width { get; }

    /// <summary>The time embedding, (batch, time width as it is used).</summary>
    private protected Tensor EmbedTime(Tensor t) => _time.forward(t);

    /// <summary>(batch, channels, time) as tokens (batch, time, width).</summary>
    private protected Tensor Tokens(int modality, Tensor latent)
    {
        var place = get_buffer(PositionsKey)!.narrow(0, 0, latent.shape[2]).Plus(_modalityEmbedding[modality]);
        return _inputs[modality].forward(latent.transpose(1, 2)).Plus(place.to_type(latent.dtype));
    }

    /// <inheritdoc cref="Tokens(int, Tensor)"/>
    private protected Tensor Tokens(Condition condition)
    {
        var tokens = Tokens(condition.Modality, condition.Latent);
        return condition.IsNoisy ? tokens.Plus(_noisyEmbedding) : tokens;
    }

    /// <summary>(batch, 1, 1, tokens) of the target and then the conditions, true for tokens that exist; null when all do.</summary>
    private protected Tensor? Mask(Tensor x, IReadOnlyList<Condition> conditions)
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

    /// <summary>What making tokens of these modalities and the time embedding cost.</summary>
    private protected long CountEmbeddingFlops(IEnumerable<int> modalities) =>
        modalities.Sum(m => FlopCount.Linear(Shapes[m].Length, Shapes[m].Channels, Width))
        + FlopCount.Linear(1, _time.Features, _time.Width);

    private static Parameter SmallNormal(params long[] shape) => new(nn.init.normal_(empty(shape), 0, 0.02));
}
