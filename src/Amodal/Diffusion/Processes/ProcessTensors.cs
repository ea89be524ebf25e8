namespace Amodal.Diffusion.Processes;

/// <summary>A process's coefficients as tensors, one value a row: computed in double, cast once, shaped to broadcast.</summary>
public static class ProcessTensors
{
    /// <summary>alpha(t) of every row, (batch, 1, ..., 1), of the type, device and rank of like.</summary>
    /// <param name="process">The process.</param>
    /// <param name="times">A time per row of like, in [0, 1].</param>
    /// <param name="like">The tensor it is to be multiplied with, (batch, channels, time).</param>
    public static Tensor Alpha(this IProcess process, double[] times, Tensor like) =>
        PerRow(times.Select(process.Alpha), like);

    /// <summary>std(t) of every row, (batch, 1, ..., 1), of the type, device and rank of like.</summary>
    /// <inheritdoc cref="Alpha(IProcess, double[], Tensor)"/>
    public static Tensor Std(this IProcess process, double[] times, Tensor like) =>
        PerRow(times.Select(process.Std), like);

    /// <summary>alpha(t) of every row, (batch, 1, ..., 1); reads t back from its device.</summary>
    /// <param name="process">The process.</param>
    /// <param name="t">Diffusion time, (batch).</param>
    /// <param name="like">The tensor it is to be multiplied with, (batch, channels, time).</param>
    public static Tensor Alpha(this IProcess process, Tensor t, Tensor like) => process.Alpha(TimesOf(t), like);

    /// <summary>std(t) of every row, (batch, 1, ..., 1); reads t back from its device.</summary>
    /// <inheritdoc cref="Alpha(IProcess, Tensor, Tensor)"/>
    public static Tensor Std(this IProcess process, Tensor t, Tensor like) => process.Std(TimesOf(t), like);

    /// <summary>The times of a (batch) tensor, as numbers.</summary>
    public static double[] TimesOf(Tensor t)
    {
        using var scope = NewDisposeScope();
        return t.detach().to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
    }

    /// <summary>A number per row, (batch, 1, ..., 1), of the type, device and rank of like.</summary>
    internal static Tensor PerRow(IEnumerable<double> values, Tensor like)
    {
        using var scope = NewDisposeScope();
        var rows = tensor(values.ToArray(), dtype: like.dtype, device: like.device);
        var shape = Enumerable.Repeat(1L, (int)like.dim()).ToArray();
        shape[0] = rows.shape[0];
        return rows.reshape(shape).MoveToOuterDisposeScope();
    }
}
