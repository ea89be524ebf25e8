namespace Amodal.Diffusion.Networks;

/// <summary>
/// Floating-point operations by the usual convention: two for each multiply-add of a matrix product or convolution;
/// biases, norms, activations and softmax are not counted.
/// </summary>
internal static class FlopCount
{
    /// <summary>A dense layer on tokens: 2 tokens inputs outputs.</summary>
    public static long Linear(long tokens, long inputs, long outputs) => checked(2 * tokens * inputs * outputs);

    /// <summary>The two products of attention, Q K^T and P V, over all heads: 4 queries keys width.</summary>
    public static long Attention(long queries, long keys, long width) => checked(4 * queries * keys * width);

    /// <summary>A convolution: 2 steps inputs outputs kernel, the steps those of the shorter side (out, or in when transposed).</summary>
    public static long Convolution(long steps, long inputs, long outputs, long kernel) => checked(2 * steps * inputs * outputs * kernel);
}
