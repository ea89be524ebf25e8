namespace Amodal.Methods.Imder;

/// <summary>Everything of an experiment with the baseline IMDer; the defaults are those of its released code for MOSI.</summary>
public sealed record ImderExperimentOptions
{
    /// <summary>The networks.</summary>
    public ImderOptions Network { get; init; } = new();

    /// <summary>The sampler in use; Euler-Maruyama with 100 steps as published.</summary>
    public SamplerOptions Sampler { get; init; } = new() { Kind = SamplerKind.EulerMaruyama, Nfe = 100 };

    /// <summary>Input convolutions and fusion on complete data, before anything else. The released code needs such weights and does not say how they were made.</summary>
    public ClassifierStageOptions Pretraining { get; init; } = new() { WeightDecay = 0 };

    /// <summary>The training itself, end to end.</summary>
    public ImderStageOptions Training { get; init; } = new();
}
