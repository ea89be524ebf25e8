namespace Amodal.Diffusion;

/// <summary>
/// <see cref="RowNoise"/> as tensors: row i of every draw is a function of row i's key, the number of draws so far and the
/// position in the row, and of nothing else. Computed in double and rounded to the type asked for.
/// </summary>
/// <param name="rows">The noise; what is drawn here moves it on.</param>
public sealed class UtteranceNoise(RowNoise rows) : INoise
{
    /// <inheritdoc cref="RowNoise(IEnumerable{ulong})"/>
    public UtteranceNoise(IEnumerable<ulong> rowKeys)
        : this(new RowNoise(rowKeys))
    {
    }

    /// <inheritdoc cref="RowNoise(ulong, IEnumerable{string}, int, ulong)"/>
    public UtteranceNoise(ulong seed, IEnumerable<string> utterances, int draw = 0, ulong stream = 0)
        : this(new RowNoise(seed, utterances, draw, stream))
    {
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">x does not have a row per key.</exception>
    public Tensor Like(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        using var drawn = x.dtype == ScalarType.Float64
            ? tensor(Values<double>(x), x.shape, device: x.device)
            : tensor(Values<float>(x), x.shape, dtype: x.dtype, device: x.device);
        return drawn.clone(); // in torch's own memory: where an array of the runtime begins decides the last bits of a product
    }

    private T[] Values<T>(Tensor x)
        where T : System.Numerics.INumberBase<T>
    {
        var values = new T[x.numel()];
        rows.Fill(values.AsSpan(), (int)x.shape[0]);
        return values;
    }
}
