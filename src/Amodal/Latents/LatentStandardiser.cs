namespace Amodal.Latents;

/// <summary>
/// Takes latents to mean 0 and standard deviation 1 per modality and channel, and back. The statistics come from
/// training data and are buffers, so that they travel with the checkpoint. The thesis leaves this step out; the VP
/// process assumes it.
/// </summary>
internal sealed class LatentStandardiser : nn.Module
{
    /// <summary>Smallest standard deviation of a channel, as a share of its modality's root mean square over channels.</summary>
    /// <remarks>A channel that is constant in training would otherwise turn any change later into a huge number.</remarks>
    public const double RelativeFloor = 1e-3;

    private const double AbsoluteFloor = 1e-6; // for a modality that is constant altogether
    private readonly bool _enabled;
    private readonly int _count;

    /// <summary>Creates it as the identity, until <see cref="Fit"/> or a checkpoint tells it the statistics.</summary>
    /// <param name="shapes">The latents' shapes, in the data set's order.</param>
    /// <param name="enabled">Whether it does anything; if not it stays the identity.</param>
    public LatentStandardiser(IReadOnlyList<LatentShape> shapes, bool enabled)
        : base(nameof(LatentStandardiser))
    {
        (_enabled, _count) = (enabled, shapes.Count);
        for (var m = 0; m < shapes.Count; m++)
        {
            register_buffer(MeanKey(m), zeros(1, shapes[m].Channels, 1));
            register_buffer(StdKey(m), ones(1, shapes[m].Channels, 1));
        }
    }

    /// <summary>Takes the statistics of training latents; does nothing where disabled.</summary>
    /// <param name="latents">(rows, channels, time) of each modality, of the train split only.</param>
    public void Fit(IReadOnlyList<Tensor> latents)
    {
        if (latents.Count != _count)
        {
            throw new ArgumentException($"{latents.Count} latent tensors for {_count} modalities", nameof(latents));
        }

        if (!_enabled)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        for (var m = 0; m < _count; m++)
        {
            var exact = latents[m].to_type(ScalarType.Float64); // a channel far from 0 has its spread in the last bits
            var std = exact.std(new long[] { 0, 2 }, unbiased: false, keepdim: true);
            var floor = std.square().mean().sqrt().Times(RelativeFloor).Plus(AbsoluteFloor);
            Buffer(MeanKey(m)).copy_(exact.mean([0, 2], keepdim: true));
            Buffer(StdKey(m)).copy_(maximum(std, floor));
        }
    }

    /// <summary>(latent - mean) / std.</summary>
    /// <param name="latent">(batch, channels, time).</param>
    public Tensor Standardise(int modality, Tensor latent)
    {
        using var scope = NewDisposeScope();
        return ((latent - Buffer(MeanKey(modality))) / Buffer(StdKey(modality))).MoveToOuterDisposeScope();
    }

    /// <summary>latent * std + mean: undoes <see cref="Standardise"/>.</summary>
    /// <param name="latent">(batch, channels, time).</param>
    public Tensor Restore(int modality, Tensor latent)
    {
        using var scope = NewDisposeScope();
        return Buffer(MeanKey(modality)).Plus(latent * Buffer(StdKey(modality))).MoveToOuterDisposeScope();
    }

    private static string MeanKey(int modality) => $"mean_{modality}";

    private static string StdKey(int modality) => $"std_{modality}";

    private Tensor Buffer(string key) => get_buffer(key)!;
}
