namespace Amodal.Native;

/// <summary>How much memory of the process work takes at its peak. Linux only: it asks the kernel.</summary>
internal static class ResidentMemory
{
    private const string Status = "/proc/self/status";
    private const string Reset = "/proc/self/clear_refs";

    private delegate int MallocTrim(nuint pad);

    /// <summary>Bytes resident now; null where the system does not tell.</summary>
    public static long? Current => OperatingSystem.IsLinux() ? Read("VmRSS:") : null;

    /// <summary>The most bytes that were resident since the start, or since the last <see cref="PeakGrowth"/>; null where the system does not tell.</summary>
    public static long? Peak => OperatingSystem.IsLinux() ? Read("VmHWM:") : null;

    /// <summary>
    /// Runs the work and gives the bytes by which the resident memory rose over where it stood before. What the allocator
    /// had kept from earlier work is given back first, as far as it lies in whole pages, so that reuse hides little.
    /// </summary>
    /// <returns>Bytes, at least 0; null where the system does not tell.</returns>
    public static long? PeakGrowth(Action work)
    {
        if (!OperatingSystem.IsLinux())
        {
            work();
            return null;
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GiveBack();
        var isReset = TryReset();
        var before = Read("VmRSS:");
        work();
        var peak = Read("VmHWM:");
        return isReset && before is not null && peak is not null ? Math.Max(0, peak.Value - before.Value) : null;
    }

    private static void GiveBack()
    {
        // Another C library than glibc has no such function: what it keeps it keeps.
        if (NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "malloc_trim", out var address))
        {
            _ = Marshal.GetDelegateForFunctionPointer<MallocTrim>(address)(0);
        }
    }

    /// <summary>Sets the peak to what is resident now.</summary>
    private static bool TryReset()
    {
        try
        {
            File.WriteAllText(Reset, "5");
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static long? Read(string key)
    {
        try
        {
            var line = File.ReadLines(Status).FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal));
            var kilobytes = line?[key.Length..].Trim().Split(' ')[0];
            return long.TryParse(kilobytes, CultureInfo.InvariantCulture, out var value) ? 1024 * value : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
