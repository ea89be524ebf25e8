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

/// <summary>
/// One thread for the operations of the calling thread alone, until it is disposed of on that thread. Torch's own setter
/// changes the number of the whole process; OpenMP and MKL, which do the work below torch, each keep one per thread.
/// </summary>
internal sealed class SingleThread : IDisposable
{
    private static readonly Lazy<Setters?> _setters = new(Find);
    private readonly Setters _set = _setters.Value ?? throw new NotSupportedException("this build of torch has no number of threads per thread");
    private readonly int _threads;
    private readonly int _ofMkl;

    public SingleThread()
    {
        _threads = get_num_threads(); // a thread takes torch's number on its first question, and would on its first operation
        _set.OpenMp(1);
        _ofMkl = _set.Mkl?.Invoke(1) ?? 0;
    }

    private delegate void OpenMpSetter(int threads);

    private delegate int MklSetter(int threads);

    /// <summary>Whether this build of torch has such numbers: on Linux, where it is built with OpenMP.</summary>
    public static bool IsToBeHad => _setters.Value is not null;

    public void Dispose()
    {
        _set.OpenMp(_threads);
        _ = _set.Mkl?.Invoke(_ofMkl); // 0 is none of its own
    }

    private static Setters? Find()
    {
        _ = get_num_threads(); // loads torch
        // By its name, since it is in the process; a symbol is looked for in what it is linked with, too.
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad("libtorch_cpu.so", out var torch) || !NativeLibrary.TryGetExport(torch, "omp_set_num_threads", out var openMp))
        {
            return null;
        }

        // Without MKL, as on ARM, products are OpenMP's as well.
        MklSetter? mkl = NativeLibrary.TryGetExport(torch, "MKL_Set_Num_Threads_Local", out var local) ? Marshal.GetDelegateForFunctionPointer<MklSetter>(local) : null;
        return new Setters(Marshal.GetDelegateForFunctionPointer<OpenMpSetter>(openMp), mkl);
    }

    private sealed record Setters(OpenMpSetter OpenMp, MklSetter? Mkl);
}
