namespace Amodal.Diffusion.Networks;

/// <summary>Which score network, and its size; the defaults are the thesis's.</summary>
public sealed record BackboneOptions
{
    /// <summary>The network.</summary>
    public BackboneKind Kind { get; init; } = BackboneKind.ScoreTransformer1D;

    /// <summary>
    /// Width of a token, a multiple of <see cref="Heads"/>. Of the U-Net, width of the fourth and deepest level, a multiple
    /// of 8 times the heads: the levels have an eighth, a quarter, a half and all of it.
    /// </summary>
    [Range(4, 4096)]
    public int Width { get; init; } = 256;

    /// <summary>Number of blocks; the U-Net has its own four levels instead.</summary>
    [Range(1, 64)]
    public int Blocks { get; init; } = 6;

    /// <summary>Of the cached transformer: blocks that the conditions' tokens pass among themselves, once per utterance.</summary>
    [Range(0, 64)]
    public int ContextBlocks { get; init; } = 1;

    /// <summary>Attention heads.</summary>
    [Range(1, 64)]
    public int Heads { get; init; } = 8;

    /// <summary>Hidden width of the blocks' MLP; the U-Net's have four times their level's width instead.</summary>
    [Range(4, 16384)]
    public int MlpWidth { get; init; } = 512;

    /// <summary>Width of the Gaussian Fourier time embedding, even (thesis, 5.16); the thesis's MMDiT has 128.</summary>
    [Range(2, 4096)]
    public int TimeWidth { get; init; } = 256;

    /// <summary>The thesis's sizes of a network: the defaults, and 128 for the time width of MMDiT.</summary>
    public static BackboneOptions Thesis(BackboneKind kind) =>
        new() { Kind = kind, TimeWidth = kind == BackboneKind.Mmdit ? 128 : 256 };

    /// <summary>How many times as wide as its first level the deepest of a U-Net is.</summary>
    internal const int LevelRatio = 8;

    /// <summary>What <see cref="Width"/> must be a multiple of.</summary>
    internal int WidthMultiple => Kind == BackboneKind.Unet ? LevelRatio * Heads : Heads;
}

/// <summary>Settings of a <c>CausalTransformer</c>; the defaults are those of IMDer's score network.</summary>
internal sealed record CausalTransformerOptions
{
    /// <summary>Layers, at least 1.</summary>
    public int Layers { get; init; } = 2;

    /// <summary>Attention heads, a divisor of the width.</summary>
    public int Heads { get; init; } = 8;

    /// <summary>Whether a step sees only those that are not after it.</summary>
    public bool IsCausal { get; init; } = true;

    /// <summary>Dropout on attention weights, in training.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Dropout on the MLP's hidden layer, in training.</summary>
    public double HiddenDropout { get; init; }

    /// <summary>Dropout on what attention and the MLP add, in training.</summary>
    public double ResidualDropout { get; init; }

    /// <summary>Dropout on the embedded inputs, apart for queries, keys and values, in training.</summary>
    public double EmbeddingDropout { get; init; }

    /// <summary>
    /// Whether positions are dealt out to the rows as torch's masked_scatter_ did on a CPU (1.13 at least; a GPU did not) to
    /// sequences laid out (time, batch): time by time instead of row by row, so that steps of a batch get each other's. Only
    /// for parity with what such a machine recorded.
    /// </summary>
    public bool HasTimeMajorPositions { get; init; }
}
