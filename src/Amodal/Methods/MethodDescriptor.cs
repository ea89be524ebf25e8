namespace Amodal.Methods;

/// <summary>A method that can be trained, as the catalogue lists it.</summary>
/// <param name="Stages">Its own stages, in order, from an experiment's settings; those of the baselines come before.</param>
/// <param name="Create">Makes it, for modalities and what is predicted, with fresh weights from torch's global generator, which the caller seeds.</param>
internal sealed record MethodDescriptor(
    string Name, Func<ExperimentOptions, IReadOnlyList<StageSettings>> Stages, Func<IReadOnlyList<Modality>, Target, ExperimentOptions, MethodTraining> Create)
{
    /// <summary>What it is, and what it costs, for lists; null where a preset of its name says so.</summary>
    public string? Purpose { get; init; }

    /// <summary>The defaults of the settings under its name; null where it has none there.</summary>
    public object? Options { get; init; }

    /// <summary>What must hold between the settings of an experiment.</summary>
    public Func<ExperimentOptions, IEnumerable<OptionFault>> Check { get; init; } = _ => [];

    /// <summary>What can be said of it before it is trained.</summary>
    public MethodOutlook Outlook { get; init; } = MethodOutlook.None;

    /// <summary>The settings under a method's name.</summary>
    /// <param name="defaults">What they are where there are none; null for a method without.</param>
    public static IReadOnlyList<object> SettingsOf(ExperimentOptions options, string name, object? defaults) =>
        defaults is null ? [] : [options.Methods.All.GetValueOrDefault(name) ?? defaults];
}
