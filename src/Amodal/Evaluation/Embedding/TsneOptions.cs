using System.ComponentModel.DataAnnotations;

namespace Amodal.Evaluation.Embedding;

/// <summary>Settings of t-SNE; the defaults are the thesis's (6.5.2).</summary>
public sealed record TsneOptions
{
    /// <summary>The effective number of neighbours that each point has, less than the number of other points.</summary>
    [Range(1, 1000)]
    public double Perplexity { get; init; } = 8;

    /// <summary>Steps of gradient descent.</summary>
    [Range(1, 1_000_000)]
    public int Iterations { get; init; } = 5000;
}
