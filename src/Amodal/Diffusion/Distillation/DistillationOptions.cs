using System.Numerics;

namespace Amodal.Diffusion.Distillation;

/// <summary>Stage 1c: students of the score networks that recover in a few evaluations.</summary>
public sealed record DistillationOptions
{
    /// <summary>How; none trains no student.</summary>
    public DistillationMethod Method { get; init; } = DistillationMethod.None;

    /// <summary>Network evaluations of the student per missing modality, which are its steps.</summary>
    [Range(1, 64)]
    public int Evaluations { get; init; } = 1;

    /// <summary>Steps of the teacher's deterministic sampler, which the student is to match: evaluations times a power of two, at least two.</summary>
    [Range(2, 4096)]
    public int TeacherSteps { get; init; } = 32;

    /// <summary>The student's network, which may be smaller than the teacher's.</summary>
    public BackboneOptions Backbone { get; init; } = new();

    /// <summary>Most epochs; of every round of halving, in progressive distillation.</summary>
    [Range(1, 100_000)]
    public int Epochs { get; init; } = 20;

    /// <summary>Epochs without getting closer to the teacher on the validation split before it, or its round, stops.</summary>
    [Range(1, 100_000)]
    public int Patience { get; init; } = 5;

    /// <summary>Adam's learning rate.</summary>
    [Range(1e-8, 1)]
    public double LearningRate { get; init; } = 0.001;

    /// <summary>Adam's weight decay (added to the gradient).</summary>
    [Range(0, 1)]
    public double WeightDecay { get; init; }

    /// <summary>Utterances in a step.</summary>
    [Range(1, 65536)]
    public int BatchSize { get; init; } = 32;

    /// <summary>Decay of the moving average of the weights; 0 keeps none.</summary>
    [Range(0, 0.999999)]
    public double EmaDecay { get; init; } = 0.995;

    /// <summary>Largest norm of the gradient; 0 does not clip.</summary>
    [Range(0, 1e6)]
    public double GradientNorm { get; init; } = 1;

    /// <summary>Whether there is a student.</summary>
    internal bool IsEnabled => Method != DistillationMethod.None;

    /// <summary>Whether the teacher's steps halve to the student's.</summary>
    internal bool StepsHalve => TeacherSteps % Evaluations == 0 && TeacherSteps > Evaluations && BitOperations.IsPow2(TeacherSteps / Evaluations);

    /// <summary>The sampler that the student was trained for: its evaluations as even, deterministic steps.</summary>
    internal SamplerOptions SamplerOf(Objective objective) => new()
    {
        Kind = objective == Objective.Flow ? SamplerKind.FlowEuler : SamplerKind.Ddim,
        Nfe = Evaluations,
        Grid = GridKind.Even,
    };
}
