namespace Amodal.Methods.Imder;

/// <summary>The networks of IMDer (Wang et al. 2023); the defaults are those of its released code for MOSI.</summary>
public sealed record ImderOptions
{
    /// <summary>Channels of every latent and width of the score networks' first level, a multiple of <see cref="Heads"/>.</summary>
    [Range(1, 1024)]
    public int Channels { get; init; } = 32;

    /// <summary>Kernel of the input convolutions; a shorter sequence shortens it.</summary>
    [Range(1, 64)]
    public int Kernel { get; init; } = 3;

    /// <summary>Layers of every cross-modal transformer; the memory transformers have at least 3.</summary>
    [Range(1, 32)]
    public int Layers { get; init; } = 4;

    /// <summary>Attention heads, in fusion and score networks.</summary>
    [Range(1, 64)]
    public int Heads { get; init; } = 8;

    /// <summary>Dropout on the attention to the second modality, the acoustic one; 0.2 on MOSI, 0 on MOSEI. Other attention has none.</summary>
    [Range(0, 0.95)]
    public double AttentionDropout { get; init; } = 0.2;

    /// <summary>Dropout on the fusion transformers' embedded inputs; 0.2 on MOSI, 0 on MOSEI.</summary>
    [Range(0, 0.95)]
    public double EmbeddingDropout { get; init; } = 0.2;

    /// <summary>Width of the score networks' time embedding, even.</summary>
    [Range(2, 4096)]
    public int TimeWidth { get; init; } = 256;

    /// <summary>Residual channel-attention blocks of each decoder, which is twice as wide as the latents.</summary>
    [Range(1, 64)]
    public int DecoderBlocks { get; init; } = 20;

    /// <summary>Reduction of the decoders' channel attention, a divisor of twice the channels.</summary>
    [Range(1, 256)]
    public int DecoderReduction { get; init; } = 16;

    /// <summary>sigma of the VE process.</summary>
    [Range(1.001, 1000)]
    public double Sigma { get; init; } = 25;
}
