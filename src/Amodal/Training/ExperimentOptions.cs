namespace Amodal.Training;

/// <summary>Everything that defines a training run but its data; what experiments/*.yaml and a run's config.yaml hold.</summary>
public sealed record ExperimentOptions
{
    /// <summary>Name of the method in tables.</summary>
    [StringLength(100, MinimumLength = 1)]
    public string Name { get; init; } = "amodal";

    /// <summary>What is trained: amodal, the two-stage method by the groups below, or another method by the group of its name.</summary>
    [StringLength(100, MinimumLength = 1)]
    public string Method { get; init; } = "amodal";

    /// <summary>Seed of everything random, 0 to 2^31 - 1.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; init; } = 1;

    /// <summary>
    /// Threads of the tensor library; 0 takes one per core in the program, and whatever torch has in the library, whose
    /// caller sets them (`torch.set_num_threads`). Results repeat exactly only with the same number. A training takes no more
    /// than <see cref="Native.ThreadCount.Most"/> of the machine it runs on.
    /// </summary>
    [Range(0, 1024)]
    public int Threads { get; init; }

    /// <summary>
    /// Missing rate at which training and selection take modalities away, as the random protocol does, for a model of that rate alone;
    /// 0 takes every observed set alike, for one model that serves all. The condition of a diffusion, and what a method draws by rules
    /// of its own, stay as they are.
    /// </summary>
    [Range(0, 0.99)]
    public double MissingRate { get; init; }

    /// <summary>Whether training is logged for TensorBoard, in the run's folder tensorboard.</summary>
    public bool TensorBoard { get; init; } = true;

    /// <summary>The shallow encoders.</summary>
    public LatentOptions Latents { get; init; } = new();

    /// <summary>The forward process.</summary>
    public ProcessOptions Process { get; init; } = new();

    /// <summary>What the score networks learn: score, or flow, which has samplers of its own and no process.</summary>
    public Objective Objective { get; init; } = Objective.Score;

    /// <summary>Noise on the conditions.</summary>
    public Conditioning Conditioning { get; init; } = Conditioning.Clean;

    /// <summary>How several missing modalities are recovered.</summary>
    public Recovery Recovery { get; init; } = Recovery.Separate;

    /// <summary>The score network.</summary>
    public BackboneOptions Backbone { get; init; } = new();

    /// <summary>The sampler, in stage 2 and, unless told otherwise, in use.</summary>
    public SamplerOptions Sampler { get; init; } = new();

    /// <summary>The alignment decoder.</summary>
    public AlignmentOptions Alignment { get; init; } = new();

    /// <summary>The fusion network.</summary>
    public FusionOptions Fusion { get; init; } = new();

    /// <summary>Stage 1a.</summary>
    public ClassifierStageOptions Classifier { get; init; } = new();

    /// <summary>Stage 1b.</summary>
    public ScoreStageOptions Score { get; init; } = new();

    /// <summary>Stage 1c: students that recover in a few evaluations; none by default.</summary>
    public DistillationOptions Distillation { get; init; } = new();

    /// <summary>Stage 2.</summary>
    public RecoveryStageOptions Stage2 { get; init; } = new();

    /// <summary>The settings of other methods, each under its method's name.</summary>
    public OptionGroups Methods { get; init; } = OptionGroups.None;

    /// <summary>Whether the two define the same training; logging changes nothing in it, and the threads it had are in its manifest.</summary>
    public bool TrainsLike(ExperimentOptions other) => this == other with { TensorBoard = TensorBoard, Threads = Threads };

    /// <summary>How a path of a model of these settings recovers.</summary>
    internal PathSettings ToPathSettings(SamplingPlan plan, ulong seed, Target? target = null) =>
        new(Recovery, Conditioning == Conditioning.Clean, CreateProcess(), plan, seed, target ?? Target.Score);

    /// <summary>The path from data to noise: the forward process, or the straight path, whose process options play no part.</summary>
    internal IProcess CreateProcess() => Objective == Objective.Flow ? FlowMatching.Path : ProcessFactory.Create(Process);
}
