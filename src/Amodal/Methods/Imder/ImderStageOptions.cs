namespace Amodal.Methods.Imder;

/// <summary>IMDer's training end to end, as its released code does it.</summary>
public sealed record ImderStageOptions
{
    /// <summary>Most epochs; the released code has no limit.</summary>
    [Range(1, 100_000)]
    public int Epochs { get; init; } = 1000;

    /// <summary>Epochs without a better validation loss before it stops.</summary>
    [Range(1, 100_000)]
    public int Patience { get; init; } = 20;

    /// <summary>Adam's learning rate; there is no weight decay, which the released code configures and does not pass on.</summary>
    [Range(1e-8, 1)]
    public double LearningRate { get; init; } = 0.002;

    /// <summary>Utterances in a step; 128 on MOSEI.</summary>
    [Range(1, 65536)]
    public int BatchSize { get; init; } = 32;

    /// <summary>Largest value of a gradient, by value and not by norm; 0.6 on MOSEI; 0 does not clip.</summary>
    [Range(0, 1e6)]
    public double GradientLimit { get; init; } = 1;

    /// <summary>Epochs without a lower validation loss after which the learning rate is halved; 5 on MOSEI.</summary>
    [Range(0, 100_000)]
    public int PlateauPatience { get; init; } = 24;

    /// <summary>Weight of score losses and reconstruction beside the prediction's L1.</summary>
    [Range(0, 1000)]
    public double LossWeight { get; init; } = 0.1;

    /// <summary>Network evaluations per missing modality while training; 0 takes those of the sampler in use.</summary>
    [Range(0, 100_000)]
    public int Nfe { get; init; }

    /// <summary>Nominal missing rate of training and validation. The released code trains a model for each; 0.3 has as much of one as of two missing.</summary>
    [Range(0.1, 0.7)]
    public double MissingRate { get; init; } = 0.3;

    /// <summary>What shares one missing set: a whole batch, as published, or an utterance.</summary>
    [FormerKey("patternPer")]
    public MissingSetPer MissingSetPer { get; init; } = MissingSetPer.Batch;
}
