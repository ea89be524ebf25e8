namespace Amodal.Reproduction;

/// <summary>What a row of a comparison is.</summary>
public enum ComparisonPart
{
    /// <summary>A method that was run here.</summary>
    Method,

    /// <summary>Numbers that the thesis prints of a method that was not run here.</summary>
    ThesisOnly,

    /// <summary>A cheap rival of ours, of which the thesis has no numbers.</summary>
    Floor,

    /// <summary>The best that any method could do; known on generated data only.</summary>
    Optimum,
}
