namespace Amodal.Native;

/// <summary>
/// What a program may choose for torch in its whole process, at its start: how many threads an operation has, and how they
/// wait. Nothing else in this library changes either, so a program that hosts it keeps what it has. docs/develop/native.md.
/// </summary>
public static class TorchThreads
{
    /// <summary>Sets the number of threads of torch's operations, for every thread of the process that has not used torch yet and for this one.</summary>
    /// <param name="threads">From 1 to <see cref="ThreadCount.Most"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is out of range.</exception>
    public static void Use(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, ThreadCount.Most);
        set_num_threads(threads);
    }

    /// <summary>
    /// Keeps threads that wait for each other from spinning for milliseconds, which crawls beside another busy process: sets
    /// <c>GOMP_SPINCOUNT</c> in the process's environment, unless the user has chosen how threads wait (<c>OMP_WAIT_POLICY</c>,
    /// <c>GOMP_*</c>, <c>KMP_*</c>). Linux only, and only before torch is first used: libgomp reads it when it is loaded.
    /// </summary>
    public static void LimitSpinning() => OpenMp.LimitSpinning();
}
