namespace Amodal.Diffusion.Networks;

/// <summary>Times the product of two square matrices, taking turns with what is measured against it.</summary>
internal sealed class GemmYardstick : IDisposable
{
    private readonly Tensor _a;
    private readonly Tensor _b;

    public GemmYardstick(int size)
    {
        Size = size;
        using var scope = NewDisposeScope();
        using var noise = new TorchNoise(1, CPU);
        var like = zeros(size, size);
        (_a, _b) = (noise.Like(like).DetachFromDisposeScope(), noise.Like(like).DetachFromDisposeScope());
    }

    public int Size { get; }

    /// <summary>Operations a second, in 10^9, with so many threads; torch has as many as before when it ends.</summary>
    public double Measure(TimeProvider clock, int threads)
    {
        var before = get_num_threads();
        TorchThreads.Use(threads);
        try
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var started = clock.GetTimestamp();
            _ = mm(_a, _b);
            return FlopCount.Linear(Size, Size, Size) / (1e9 * clock.GetElapsedTime(started).TotalSeconds);
        }
        finally
        {
            set_num_threads(before);
        }
    }

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
    }
}
