using Amodal.Methods.Correlation;
using Amodal.Methods.CpmNet;
using Amodal.Methods.Dicmor;
using Amodal.Methods.Fills;
using Amodal.Methods.GcNet;
using Amodal.Methods.Imagination;
using Amodal.Methods.Imder;
using Amodal.Methods.LinearFirst;
using Amodal.Methods.LowRank;
using Amodal.Methods.Mctn;
using Amodal.Methods.Misa;
using Amodal.Methods.Mult;
using Amodal.Methods.ShaSpec;
using Amodal.Methods.TwoStage;
using Amodal.Methods.UniDiffuser;
using Amodal.Methods.VectorFusion;

namespace Amodal.Methods;

/// <summary>The methods that can be trained: a line for each, and nothing else knows which there are.</summary>
internal static class MethodCatalogue
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<MethodDescriptor> All { get; private set; } =
    [
        TwoStageTraining.Descriptor,
        ImderTraining.Descriptor,
        LinearFirstTraining.Descriptor,
        NoiseFill.Descriptor,
        ClassMeanFill.Descriptor,
        NeighbourFill.Descriptor,
        RidgeFill.Descriptor,
        SoftImputeFill.Descriptor,
        ThresholdFill.Descriptor,
        CcaNetwork.Descriptor,
        DeepCcaNetwork.Dcca,
        DeepCcaNetwork.Dccae,
        CraNetwork.AutoEncoder,
        CvaeFill.Descriptor,
        CraNetwork.Cra,
        MminNetwork.Descriptor,
        MctnTraining.Descriptor,
        VectorFusionNetwork.Early,
        VectorFusionNetwork.Late,
        VectorFusionNetwork.Hybrid,
        ShaSpecNetwork.Descriptor,
        MisaNetwork.Descriptor,
        MultNetwork.Descriptor,
        GanFill.Descriptor,
        DicmorNetwork.Descriptor,
        CpmNetwork.Descriptor,
        GcNetwork.Descriptor,
        UniDiffuserFill.Descriptor,
    ];

    /// <summary>An experiment's defaults, with a group of settings for every method that has one.</summary>
    public static ExperimentOptions Defaults => new()
    {
        Methods = All.Aggregate(OptionGroups.None, (groups, method) => method.Options is null ? groups : groups.With(method.Name, method.Options)),
    };

    /// <summary>The method that an experiment names; case, hyphens and underscores do not matter.</summary>
    public static MethodDescriptor Of(string name) => Find(name) ?? throw new InputException("method", name, Unknown(name));

    /// <summary>The faults of an experiment's settings, none if they fit together.</summary>
    public static IEnumerable<OptionFault> Check(ExperimentOptions options) => Check(options, start: null);

    /// <param name="start">What its settings were put over; null where they are not to be compared with it.</param>
    /// <inheritdoc cref="Check(ExperimentOptions)"/>
    public static IEnumerable<OptionFault> Check(ExperimentOptions options, ExperimentOptions? start) =>
        Find(options.Method) is not { } method ? [new OptionFault(["method"], Unknown(options.Method))]
        : All.SelectMany(m => m.Check(options)).Concat(start is null || method == TwoStageTraining.Descriptor ? [] : TwoStageRules.Idle(start, options));

    /// <summary>The settings and groups of an experiment that its method has no use for.</summary>
    public static IReadOnlyList<string> Unused(ExperimentOptions options) =>
        [.. Of(options.Method) == TwoStageTraining.Descriptor ? [] : TwoStageRules.Own, .. All.Where(m => m != Of(options.Method)).Select(m => m.Name)];

    public static void Add(MethodDescriptor method) => All = [.. All, method];

    private static MethodDescriptor? Find(string name) => All.FirstOrDefault(m => OptionNames.Plain(m.Name) == OptionNames.Plain(name));

    private static string Unknown(string name)
    {
        var names = All.Select(m => m.Name).ToList();
        return $"'{OptionValue.Show(name)}' is no method; allowed is one of {string.Join(", ", names)}.{(NearestName.Of(name, names) is { } near ? $" Did you mean '{near}'?" : "")}";
    }
}

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
