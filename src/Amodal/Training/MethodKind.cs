namespace Amodal.Training;

/// <summary>The methods that can be trained.</summary>
public enum MethodKind
{
    /// <summary>The two-stage method (thesis, chapter 5), in any of its settings.</summary>
    Amodal,

    /// <summary>The baseline IMDer (Wang et al. 2023), end to end as published; docs/methods/imder.md.</summary>
    Imder,
}
