using Amodal.Diffusion.Sampling;
using Amodal.Training;

namespace Amodal.Reproduction;

/// <summary>A row with everything decided.</summary>
/// <param name="Label">Its name in the table.</param>
/// <param name="Thesis">The method's name in the thesis's data; empty for none.</param>
/// <param name="Run">What is trained; null where only the thesis's numbers are shown.</param>
/// <param name="Sampler">What it is evaluated with; null as <paramref name="Run"/>.</param>
public sealed record PlannedRow(string Label, string Thesis, ExperimentOptions? Run, SamplerOptions? Sampler)
{
    /// <summary>Figures: whether recovered latents pass the alignment decoder.</summary>
    public bool IsAligned { get; init; } = true;
}
