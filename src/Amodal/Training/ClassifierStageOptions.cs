namespace Amodal.Training;

/// <summary>Stage 1a: encoders and fusion on complete data (thesis, 5.2.5); the baselines are trained the same way.</summary>
public sealed record ClassifierStageOptions
{
    /// <summary>Most epochs.</summary>
    [Range(1, 100_000)]
    public int Epochs { get; init; } = 40;

    /// <summary>Epochs without a better validation loss before it stops.</summary>
    [Range(1, 100_000)]
    public int Patience { get; init; } = 10;

    /// <summary>Adam's learning rate.</summary>
    [Range(1e-8, 1)]
    public double LearningRate { get; init; } = 0.002;

    /// <summary>Adam's weight decay (added to the gradient).</summary>
    [Range(0, 1)]
    public double WeightDecay { get; init; } = 0.005;

    /// <summary>Utterances in a step.</summary>
    [Range(1, 65536)]
    public int BatchSize { get; init; } = 32;
}
