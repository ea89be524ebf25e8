namespace Amodal.Methods.Fills;

/// <summary>Noise of the mean and variance of the training latents, number by number: what a recovery that knows nothing of the utterance would draw.</summary>
internal sealed class NoiseFill : LatentFill
{
    private readonly ulong _seed;

    public NoiseFill(FillContext context)
        : base(nameof(NoiseFill))
    {
        _seed = (ulong)context.Options.Seed;
        register_buffer("deviation", zeros(1, context.Layout.Count));
        RegisterComponents();
    }

    /// <summary>Its line in the catalogue.</summary>
    public static MethodDescriptor Descriptor { get; } = FillMethod.Describe(
        "noise-fill", "Noise as large as the training latents in place of what is missing. Costs: a training of the fusion beside the classifiers.", context => new NoiseFill(context));

    // The numbers are centred, and 0 where a row lacks them.
    protected override void Fit(FillData data) =>
        get_buffer("deviation")!.copy_((data.Train.square().sum([0], keepdim: true) / data.Layout.Mask(data.Present, data.Train.device).sum([0], keepdim: true).clamp_min(1)).sqrt());

    public override Tensor Fill(FillRows rows, ModalitySet observed)
    {
        var noise = new UtteranceNoise(rows.Keys.Select(key => new StableRandom(_seed, key, StableRandom.KeyOf("noise-fill")).NextUInt64()));
        return noise.Like(rows.Numbers) * get_buffer("deviation")!;
    }
}
