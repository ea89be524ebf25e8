namespace Amodal.Diffusion.Networks;

/// <summary>The numbers that score networks are computed in (docs/methods/precision.md). All else is in single precision.</summary>
public enum Precision
{
    /// <summary>Single precision.</summary>
    Float32,

    /// <summary>Weights and activations of 16 bits with the exponent of single precision; times and their sines and cosines stay in that. By TorchSharp.</summary>
    Bfloat16,

    /// <summary>
    /// The matrix products of large layers on 8-bit integers, weights scaled per output, inputs per call, the rest in single
    /// precision. In exported models.
    /// </summary>
    Int8,
}
