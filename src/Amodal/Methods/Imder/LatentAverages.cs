namespace Amodal.Methods.Imder;

/// <summary>The training split's average latents, kept in the checkpoint.</summary>
internal sealed class LatentAverages : nn.Module
{
    public LatentAverages(int modalities, LatentShape shape)
        : base(nameof(LatentAverages))
    {
        for (var m = 0; m < modalities; m++)
        {
            register_buffer($"average{m}", zeros(1, shape.Channels, shape.Length));
        }
    }

    /// <summary>(1, channels, time).</summary>
    public Tensor Of(int modality) => get_buffer($"average{modality}")!;

    public void Fit(IReadOnlyList<Tensor> latents)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        for (var m = 0; m < latents.Count; m++)
        {
            Of(m).copy_(latents[m].mean([0], keepdim: true));
        }
    }
}
