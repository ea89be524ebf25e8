namespace Amodal.Methods.Imder;

/// <summary>
/// IMDer's score networks, one per modality, each on one condition: the observed modality itself, or several merged by the
/// target's convolution of kernel 1, which only the score loss trains.
/// </summary>
internal sealed class ImderScores : nn.Module
{
    [ComponentName(Name = "networks")] private readonly ModuleList<ConditionalUNet> _networks;
    [ComponentName(Name = "merges")]
    private readonly ModuleList<TimeConvolution> _merges; // none for two modalities: there is never more than one condition

    /// <param name="modalities">How many, at least two.</param>
    /// <param name="shape">The shape of every latent.</param>
    public ImderScores(int modalities, LatentShape shape, ImderOptions options, ulong seed)
        : base(nameof(ImderScores))
    {
        _networks = nn.ModuleList(Enumerable.Range(0, modalities).Select(m => new ConditionalUNet(
            shape.Channels, shape.Channels, options.Heads, options.TimeWidth, shape.Length, new StableRandom(seed, (ulong)m))).ToArray());
        _merges = nn.ModuleList(Enumerable.Range(0, modalities > 2 ? modalities : 0)
            .Select(_ => new TimeConvolution((modalities - 1) * shape.Channels, shape.Channels, 1)).ToArray());
        RegisterComponents();
    }

    public IReadOnlyList<ConditionalUNet> All => [.. _networks];

    /// <summary>
    /// The modalities that a target may be recovered from, in the order in which its merge takes them: that of the
    /// published modality index, l v a, which is the data's l a v with all but the first reversed.
    /// </summary>
    public static IEnumerable<int> Sources(int modalities, int target) =>
        Enumerable.Range(1, modalities - 1).Reverse().Prepend(0).Where(m => m != target);

    /// <summary>The one condition that a target's network is given.</summary>
    /// <param name="latents">(batch, channels, time) of every modality; only those of observed ones count.</param>
    /// <param name="observed">The observed modalities, at least one, without the target.</param>
    /// <returns>(batch, channels, time). With more than three modalities, those not observed are zero in the merge.</returns>
    public Tensor Condition(int target, IReadOnlyList<Tensor> latents, ModalitySet observed)
    {
        if (observed.Count == 1)
        {
            return latents[observed.Members.Single()].alias();
        }

        using var scope = NewDisposeScope();
        var sources = Sources(latents.Count, target).Select(m => observed.Contains(m) ? latents[m] : zeros_like(latents[m])).ToList();
        return _merges[target].forward(cat(sources, 1).transpose(1, 2)).transpose(1, 2).contiguous().MoveToOuterDisposeScope();
    }
}
