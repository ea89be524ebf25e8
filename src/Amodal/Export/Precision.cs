namespace Amodal.Export;

/// <summary>The numbers that exported networks are computed in (docs/precision.md).</summary>
public enum Precision
{
    /// <summary>Single precision throughout.</summary>
    Float32,

    /// <summary>
    /// The matrix products of the score networks' large layers on 8-bit integers, weights scaled per output, inputs per call;
    /// all else in single precision.
    /// </summary>
    Int8,
}
