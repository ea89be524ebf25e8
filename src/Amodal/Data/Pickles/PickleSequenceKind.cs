namespace Amodal.Data.Pickles;

/// <summary>What a sequence of a pickle is in Python.</summary>
public enum PickleSequenceKind
{
    /// <summary>A list.</summary>
    List,

    /// <summary>A tuple.</summary>
    Tuple,

    /// <summary>A set or frozenset; equal members are not merged.</summary>
    Set,
}
