using System.ComponentModel.DataAnnotations;
using Amodal.Configuration;

namespace Amodal.Reproduction;

/// <summary>What the fast variant of a table changes: networks for a CPU, few epochs.</summary>
public sealed record FastOptions
{
    /// <summary>The preset instead of the table's.</summary>
    [StringLength(100, MinimumLength = 1)]
    public string Base { get; init; } = "cpu-thesis-quality";

    /// <summary>Settings over those of the row.</summary>
    public SettingGroup Settings { get; init; } = SettingGroup.Empty;
}
