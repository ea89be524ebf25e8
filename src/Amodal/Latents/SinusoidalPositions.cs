namespace Amodal.Latents;

/// <summary>The sinusoidal embedding of time steps (Vaswani et al. 2017, 3.5): any length, any width, nothing learned.</summary>
internal static class SinusoidalPositions
{
    /// <summary>
    /// Row p holds sin(p w_i) at 2i and cos(p w_i) at 2i + 1, w_i = 10000^(-2i / width); an odd width drops the last
    /// cosine.
    /// </summary>
    /// <param name="length">Time steps, at least 1.</param>
    /// <param name="width">Numbers per step, at least 1.</param>
    /// <returns>(length, width), float32.</returns>
    public static Tensor Table(int length, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        var values = new float[length * width];
        for (var p = 0; p < length; p++)
        {
            for (var i = 0; i < width; i++)
            {
                var angle = p * Math.Pow(10000, -(i - (i % 2)) / (double)width);
                values[(p * width) + i] = (float)(i % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle));
            }
        }

        return tensor(values, [length, width]);
    }
}
