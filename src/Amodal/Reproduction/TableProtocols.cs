namespace Amodal.Reproduction;

/// <summary>Which missing protocols a table reports.</summary>
public enum TableProtocols
{
    /// <summary>Every observed set, for all utterances alike.</summary>
    Fixed,

    /// <summary>Random masks of given missing rates.</summary>
    Random,

    /// <summary>Both.</summary>
    All,
}
