namespace Amodal.Training;

/// <summary>
/// How a stage trains. Stage 1a, encoders and fusion on complete data (thesis, 5.2.5), and the baselines and other methods, which
/// are trained the same way, have no more; the stages after it extend it.
/// </summary>
public record ClassifierStageOptions
{
    private const int First = -1; // before what a stage has of its own, as in files: keys of stages hang on the order

    /// <summary>Most epochs.</summary>
    [Range(1, 100_000), JsonPropertyOrder(First)]
    public int Epochs { get; init; } = 40;

    /// <summary>Epochs without a better validation loss before it stops.</summary>
    [Range(1, 100_000), JsonPropertyOrder(First)]
    public int Patience { get; init; } = 10;

    /// <summary>Adam's learning rate.</summary>
    [Range(1e-8, 1), JsonPropertyOrder(First)]
    public double LearningRate { get; init; } = 0.002;

    /// <summary>Adam's weight decay (added to the gradient).</summary>
    [Range(0, 1), JsonPropertyOrder(First)]
    public double WeightDecay { get; init; } = 0.005;

    /// <summary>Utterances in a step.</summary>
    [Range(1, 65536), JsonPropertyOrder(First)]
    public int BatchSize { get; init; } = 32;
}
