namespace Amodal.Experiments;

/// <summary>A table or figure as its YAML file declares it: a grid of runs, and what of the thesis they are set beside.</summary>
internal sealed record Declaration
{
    /// <summary>Another declaration that this one begins with: its settings hold where this file has none, and its rows come first. Empty for none.</summary>
    public string Like { get; init; } = "";

    /// <summary>What it shows, one line.</summary>
    [StringLength(200, MinimumLength = 1)]
    public string Title { get; init; } = "untitled";

    /// <summary>What is done with the rows.</summary>
    public ExperimentKind Kind { get; init; }

    /// <summary>The preset all rows start from: the name of one in experiments/, without .yaml.</summary>
    [StringLength(100, MinimumLength = 1)]
    public string Base { get; init; } = "thesis-quality";

    /// <summary>The thesis's tables that rows are compared with, separated by commas; empty for none.</summary>
    public string Thesis { get; init; } = "";

    /// <summary>The missing protocols.</summary>
    public Protocols Protocol { get; init; }

    /// <summary>Missing rates of the random protocol, separated by commas.</summary>
    public string MissingRates { get; init; } = "0, 0.3, 0.5, 0.7";

    /// <summary>Recoveries per utterance whose predictions are averaged.</summary>
    [Range(1, 1000)]
    public int Samples { get; init; } = 1;

    /// <summary>Cases in the thesis's words ("l+a", "average of six", "MR=0.3"), separated by commas.</summary>
    public string Cases { get; init; } = "l, a, v, l+a, l+v, v+a, average of six";

    /// <summary>Metrics by name, separated by commas; the thesis's unless given.</summary>
    public string Metrics { get; init; } = string.Join(", ", Experiments.Reference.Metrics);

    /// <summary>What rows that differ in the sampler share.</summary>
    public Stage2Use Stage2 { get; init; }

    /// <summary>Whether the time of sampling is measured.</summary>
    public bool Timing { get; init; }

    /// <summary>The row that the others are compared with in pairs, and against which speed is told; empty for the first, and no speed.</summary>
    public string Reference { get; init; } = "";

    /// <summary>Figures: the modality that is observed, as the thesis calls it: l, a or v.</summary>
    [StringLength(1, MinimumLength = 1)]
    public string Observed { get; init; } = "l";

    /// <summary>What the reader has to know, one line.</summary>
    public string Note { get; init; } = "";

    /// <summary>Settings of all rows.</summary>
    public SettingGroup Settings { get; init; } = SettingGroup.Empty;

    /// <summary>What the fast variant changes; what experiments/variants/fast.yaml says, unless given.</summary>
    public Variant Fast { get; init; } = new();

    /// <summary>Whether every method that is a preset under its own name has a row of that name behind the others.</summary>
    public bool EveryMethod { get; init; }

    /// <summary>The rows by label.</summary>
    public IReadOnlyDictionary<string, RowDeclaration> Rows { get; init; } = new Dictionary<string, RowDeclaration>();
}

/// <summary>One row of a table.</summary>
internal sealed record RowDeclaration
{
    /// <summary>Name of the method in the thesis's data; empty where the thesis has none.</summary>
    public string Thesis { get; init; } = "";

    /// <summary>Whether only the thesis's numbers are shown: a method that is not part of this program.</summary>
    public bool ThesisOnly { get; init; }

    /// <summary>Figures: whether recovered latents are shown after the alignment decoder.</summary>
    public bool Aligned { get; init; } = true;

    /// <summary>The preset that it starts from instead of the table's; empty for that.</summary>
    public string Base { get; init; } = "";

    /// <summary>Settings of its training, over the table's.</summary>
    public SettingGroup Settings { get; init; } = SettingGroup.Empty;

    /// <summary>The sampler that is evaluated, over the trained one's settings; the table's stage2 says whether it is trained with too.</summary>
    public SettingGroup Sampler { get; init; } = SettingGroup.Empty;
}

/// <summary>What a variant of a table changes: other networks, other epochs.</summary>
internal sealed record Variant
{
    /// <summary>The preset instead of the table's and the rows'; empty for cpu-PRESET where there is one, else the same.</summary>
    public string Base { get; init; } = "";

    /// <summary>Settings over those of the row.</summary>
    public SettingGroup Settings { get; init; } = SettingGroup.Empty;
}

/// <summary>What a table or figure holds, which decides what is done with its rows.</summary>
internal enum ExperimentKind
{
    /// <summary>Metrics of every row under the missing protocols.</summary>
    Results,

    /// <summary>Results, and how the recovered latents compare with the true ones and with their best linear prediction.</summary>
    Latents,

    /// <summary>Parameters, operations, time and memory of the rows' score networks; nothing is trained.</summary>
    Efficiency,

    /// <summary>Recovered and true latents as points in the plane, a panel per row.</summary>
    Figure,

    /// <summary>Methods on the same masks, in order: every metric, tests in pairs, mean ranks, and what each costs.</summary>
    Leaderboard,

    /// <summary>Methods with a model for each missing rate, selected on the test split, beside one model that is selected on the validation split.</summary>
    AsPublished,
}

/// <summary>Which missing protocols a table reports.</summary>
internal enum Protocols
{
    /// <summary>Every observed set, for all utterances alike.</summary>
    Fixed,

    /// <summary>Random masks of given missing rates.</summary>
    Random,

    /// <summary>Both.</summary>
    All,
}

/// <summary>What rows that differ in the sampler only share.</summary>
internal enum Stage2Use
{
    /// <summary>Everything: one trained run, evaluated with each sampler. The thesis does not say that it does otherwise.</summary>
    Shared,

    /// <summary>Stages 1a and 1b: decoders and fusion are trained anew on what each sampler recovers.</summary>
    PerSampler,
}
