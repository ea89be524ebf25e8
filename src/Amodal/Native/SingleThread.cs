namespace Amodal.Native;

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
