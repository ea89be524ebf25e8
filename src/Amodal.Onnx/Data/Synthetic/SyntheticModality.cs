namespace Amodal.Data.Synthetic;

/// <summary>One modality of generated data; see docs/guide/synthetic.md.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Length">Time steps, at least 1.</param>
/// <param name="Width">Features of a step, at least 1.</param>
/// <param name="Views">
/// The modality's views of the shared latents: for each view its correlation with every latent; the squares of one view
/// sum to less than 1, and what is left to 1 is noise of its own.
/// </param>
public sealed record SyntheticModality(string Name, int Length, int Width, IReadOnlyList<IReadOnlyList<double>> Views)
{
    /// <summary>Number of smooth factors that only this modality has and that say nothing about the label.</summary>
    [Range(0, 100)]
    public int PrivateFactors { get; init; } = 2;

    /// <summary>Standard deviation of the white noise on every feature, beside a signal of about 1.</summary>
    [Range(0.001, 100)]
    public double NoiseStd { get; init; } = 0.7;
}
