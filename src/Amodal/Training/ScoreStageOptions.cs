namespace Amodal.Training;

/// <summary>Stage 1b: the score networks on the frozen latents (thesis, 5.1.3).</summary>
public sealed record ScoreStageOptions : ClassifierStageOptions
{
    /// <summary>The defaults; 50 epochs, as in the thesis.</summary>
    public ScoreStageOptions() => Epochs = 50;

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
