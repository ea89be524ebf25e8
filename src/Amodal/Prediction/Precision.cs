namespace Amodal.Prediction;

/// <summary>The numbers that networks are computed in (docs/precision.md).</summary>
public enum Precision
{
    /// <summary>Single precision throughout.</summary>
    Float32,

    /// <summary>
    /// By torch: the score networks in bfloat16, 8 bits of significand; times, samplers, encoders, alignment and fusion in
    /// single precision.
    /// </summary>
    Bfloat16,

    /// <summary>
    /// In an export: the matrix products of large layers on 8-bit integers, weights scaled per output, inputs per call;
    /// all else in single precision.
    /// </summary>
    Int8,
}
