using Amodal.Configuration;

namespace Amodal.Reproduction;

/// <summary>One row of a table.</summary>
public sealed record TableRowOptions
{
    /// <summary>Name of the method in the thesis's data; empty where the thesis has none.</summary>
    public string Thesis { get; init; } = "";

    /// <summary>Whether only the thesis's numbers are shown: a method that is not part of this program.</summary>
    public bool ThesisOnly { get; init; }

    /// <summary>Figures: whether recovered latents are shown after the alignment decoder.</summary>
    public bool Aligned { get; init; } = true;

    /// <summary>Settings of its training, over the table's.</summary>
    public SettingGroup Settings { get; init; } = SettingGroup.Empty;

    /// <summary>The sampler that is evaluated, over the trained one's settings; the table's stage2 says whether it is trained with too.</summary>
    public SettingGroup Sampler { get; init; } = SettingGroup.Empty;
}
