namespace Amodal.Diffusion.Networks;

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
