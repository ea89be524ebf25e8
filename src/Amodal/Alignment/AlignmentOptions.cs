namespace Amodal.Alignment;

/// <summary>Settings of the alignment decoder, a residual channel-attention network (thesis, 5.1.6).</summary>
public sealed record AlignmentOptions
{
    /// <summary>Whether there is one; without it recoveries reach fusion as they were sampled.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Channels inside, a multiple of <see cref="Reduction"/>.</summary>
    [Range(1, 1024)]
    public int Channels { get; init; } = 64;

    /// <summary>Residual channel-attention blocks.</summary>
    [Range(1, 64)]
    public int Blocks { get; init; } = 20;

    /// <summary>Reduction of the channel attention.</summary>
    [Range(1, 256)]
    public int Reduction { get; init; } = 16;

    /// <summary>lambda, the weight of L_align in stage 2 (thesis, 5.23).</summary>
    [Range(0, 1000)]
    public double Weight { get; init; } = 0.2;

    /// <summary>Weight, inside L_align, of the distance between fusion features of recovered and true latents.</summary>
    [Range(0, 1000)]
    public double PerceptualWeight { get; init; } = 0.1;
}
