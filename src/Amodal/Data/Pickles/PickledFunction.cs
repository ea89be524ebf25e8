namespace Amodal.Data.Pickles;

/// <summary>What an allowed global does when a pickle calls it.</summary>
internal enum PickledFunction
{
    NewArray,
    ArrayClass,
    NewType,
    Scalar,
    ArrayFromBuffer,
    Encode,
    Set,
    Dictionary,

    /// <summary>Known to the <see cref="IPickleAddition"/> that found it.</summary>
    Added,
}
