using Amodal.Configuration;
using Amodal.Data;
using Amodal.Methods.Imder;
using Amodal.Methods.TwoStage;
using Amodal.Runs;
using Amodal.Training;

namespace Amodal.Methods;

/// <summary>A method that can be trained.</summary>
/// <param name="Kind">What experiments call it.</param>
/// <param name="Stages">Its own stages, in order, from an experiment's settings; those of the baselines come before.</param>
/// <param name="Create">Makes it with fresh weights from torch's global generator, which the caller seeds.</param>
/// <param name="Outlook">What can be said of it before it is trained.</param>
internal sealed record MethodDescriptor(
    MethodKind Kind, Func<ExperimentOptions, IReadOnlyList<StageSettings>> Stages, Func<IReadOnlyList<Modality>, ExperimentOptions, MethodTraining> Create,
    MethodOutlook Outlook);

/// <summary>The methods that can be trained: a line for each, and nothing else knows which there are.</summary>
internal static class MethodCatalogue
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<MethodDescriptor> All { get; } =
    [
        new(MethodKind.Amodal, TwoStageTraining.Stages, (modalities, options) => new TwoStageTraining(modalities, options), TwoStageOutlook.Of),
        new(MethodKind.Imder, ImderTraining.Stages, (modalities, options) => new ImderTraining(modalities, options), ImderOutlook.Of),
    ];

    /// <summary>The method that an experiment names.</summary>
    public static MethodDescriptor Of(MethodKind kind) => All.FirstOrDefault(m => m.Kind == kind)
        ?? throw new InputException("method", OptionNames.Of(kind), $"is not in the catalogue; choose one of {string.Join(", ", All.Select(m => OptionNames.Of(m.Kind)))}.");
}
