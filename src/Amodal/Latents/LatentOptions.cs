namespace Amodal.Latents;

/// <summary>Settings of the shallow encoders (thesis, 5.2.5).</summary>
public sealed record LatentOptions
{
    /// <summary>Channels of every latent, 1 to 1024.</summary>
    [Range(1, 1024)]
    public int Channels { get; init; } = 32;

    /// <summary>Kernel of the encoder's convolution, 1 to 64; a shorter sequence shortens it.</summary>
    [Range(1, 64)]
    public int Kernel { get; init; } = 3;

    /// <summary>Whether latents are standardised per modality and channel before diffusion; the VP process assumes unit variance.</summary>
    public bool Standardise { get; init; } = true;
}
