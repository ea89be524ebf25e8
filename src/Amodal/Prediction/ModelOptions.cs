namespace Amodal.Prediction;

/// <summary>The settings that shape a model, without those of its training.</summary>
public sealed record ModelOptions
{
    /// <summary>The shallow encoders.</summary>
    public LatentOptions Latents { get; init; } = new();

    /// <summary>The forward process.</summary>
    public ProcessOptions Process { get; init; } = new();

    /// <summary>What the score networks learn: the process's score, or the velocity of the straight path.</summary>
    public Objective Objective { get; init; } = Objective.Score;

    /// <summary>Noise on the conditions.</summary>
    public Conditioning Conditioning { get; init; } = Conditioning.Clean;

    /// <summary>How several missing modalities are recovered.</summary>
    public Recovery Recovery { get; init; } = Recovery.Separate;

    /// <summary>The score network.</summary>
    public BackboneOptions Backbone { get; init; } = new();

    /// <summary>The students of the score networks; none by default.</summary>
    public DistillationOptions Distillation { get; init; } = new();

    /// <summary>The sampler.</summary>
    public SamplerOptions Sampler { get; init; } = new();

    /// <summary>The alignment decoder.</summary>
    public AlignmentOptions Alignment { get; init; } = new();

    /// <summary>The fusion network.</summary>
    public FusionOptions Fusion { get; init; } = new();

    /// <summary>What is predicted, which the data say.</summary>
    public Target Target { get; init; } = Target.Score;

    /// <summary>How a path of this model recovers.</summary>
    internal PathSettings ToPathSettings(SamplingPlan plan, ulong seed) => new(Recovery, Conditioning == Conditioning.Clean, CreateProcess(), plan, seed, Target);

    /// <summary>The path from data to noise: the forward process, or the straight path, whose process options play no part.</summary>
    internal IProcess CreateProcess() => Objective == Objective.Flow ? FlowMatching.Path : ProcessFactory.Create(Process);
}
