using System.ComponentModel.DataAnnotations;
using Amodal.Configuration;

namespace Amodal.Reproduction;

/// <summary>A table or figure as its YAML file declares it: a grid of runs, and what of the thesis they are set beside.</summary>
public sealed record TableOptions
{
    /// <summary>What it shows, one line.</summary>
    [StringLength(200, MinimumLength = 1)]
    public string Title { get; init; } = "untitled";

    /// <summary>What is done with the rows.</summary>
    public TableKind Kind { get; init; }

    /// <summary>The preset all rows start from: the name of one in experiments/, without .yaml.</summary>
    [StringLength(100, MinimumLength = 1)]
    public string Base { get; init; } = "thesis-quality";

    /// <summary>The thesis's tables that rows are compared with, separated by commas; empty for none.</summary>
    public string Thesis { get; init; } = "";

    /// <summary>The missing protocols.</summary>
    public TableProtocols Protocol { get; init; }

    /// <summary>Missing rates of the random protocol, separated by commas.</summary>
    public string MissingRates { get; init; } = "0, 0.3, 0.5, 0.7";

    /// <summary>Cases in the thesis's words ("l+a", "average of six", "MR=0.3"), separated by commas.</summary>
    public string Cases { get; init; } = "l, a, v, l+a, l+v, v+a, average of six";

    /// <summary>Metrics by name, separated by commas.</summary>
    public string Metrics { get; init; } = "acc2_nonzero, f1_nonzero_weighted, acc7";

    /// <summary>What rows that differ in the sampler share.</summary>
    public Stage2Use Stage2 { get; init; }

    /// <summary>Whether the time of sampling is measured.</summary>
    public bool Timing { get; init; }

    /// <summary>The row against which speed and the first metric are told as ratio and difference; empty for none.</summary>
    public string Reference { get; init; } = "";

    /// <summary>Figures: the modality that is observed, as the thesis calls it: l, a or v.</summary>
    [StringLength(1, MinimumLength = 1)]
    public string Observed { get; init; } = "l";

    /// <summary>What the reader has to know, one line.</summary>
    public string Note { get; init; } = "";

    /// <summary>Settings of all rows.</summary>
    public SettingGroup Settings { get; init; } = SettingGroup.Empty;

    /// <summary>What the fast variant changes.</summary>
    public FastOptions Fast { get; init; } = new();

    /// <summary>The rows by label.</summary>
    public IReadOnlyDictionary<string, TableRowOptions> Rows { get; init; } = new Dictionary<string, TableRowOptions>();
}
