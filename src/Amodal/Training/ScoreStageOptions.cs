namespace Amodal.Training;

/// <summary>Stage 1b: the score networks on the frozen latents (thesis, 5.1.3).</summary>
public sealed record ScoreStageOptions
{
    /// <summary>Most epochs; 50 in the thesis.</summary>
    [Range(1, 100_000)]
    public int Epochs { get; init; } = 50;

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

    /// <summary>Decay of the moving average of the weights; 0 keeps none.</summary>
    [Range(0, 0.999999)]
    public double EmaDecay { get; init; } = 0.995;

    /// <summary>Largest norm of the gradient; 0 does not clip.</summary>
    [Range(0, 1e6)]
    public double GradientNorm { get; init; } = 1;

    /// <summary>Share of training samples that see no condition at all, for classifier-free guidance.</summary>
    [Range(0, 1)]
    public double EmptyConditionRate { get; init; }

    /// <summary>Objective flow: whether the networks are trained once more, on pairs that their own flow makes (Liu, Gong and Liu 2023).</summary>
    public bool Reflow { get; init; }

    /// <summary>Pairs of noise and sample for each utterance and modality.</summary>
    [Range(1, 1000)]
    [FormerKey("reflowCouples")]
    public int ReflowPairs { get; init; } = 4;

    /// <summary>Network evaluations that a pair may cost, by Heun's method.</summary>
    [Range(2, 10_000)]
    public int ReflowNfe { get; init; } = 40;

    /// <summary>The same, but for reflow: what stage 1b by itself depends on.</summary>
    internal ScoreStageOptions WithoutReflow() => this with { Reflow = false, ReflowPairs = 1, ReflowNfe = 2 };
}
