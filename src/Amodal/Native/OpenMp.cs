namespace Amodal.Native;

/// <summary>
/// Keeps libtorch's threads from spinning for milliseconds while they wait for each other, which crawls beside another busy
/// process. Measured in docs/develop/native.md.
/// </summary>
internal static class OpenMp
{
    /// <summary>What libgomp reads when it is loaded: how often a waiting thread looks before it sleeps.</summary>
    public const string SpinCountName = "GOMP_SPINCOUNT";

    /// <summary>Enough to bridge the gap between two operations on free cores; libgomp's own is 300000.</summary>
    public const string SpinCount = "5000";

    /// <inheritdoc cref="TorchThreads.LimitSpinning"/>
    public static void LimitSpinning()
    {
        if (!OperatingSystem.IsLinux() || IsChosen(Environment.GetEnvironmentVariables().Keys.Cast<string>()))
        {
            return;
        }

        try
        {
            // Environment.SetEnvironmentVariable changes the runtime's own copy only, which native code does not see.
            _ = SetVariable(SpinCountName, SpinCount, overwrite: 0);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // A system without such a C library: threads then wait as they do there.
        }
    }

    /// <summary>Whether one of the variables says how threads wait.</summary>
    internal static bool IsChosen(IEnumerable<string> variables) => variables.Any(v =>
        v == "OMP_WAIT_POLICY" || v.StartsWith("GOMP_", StringComparison.Ordinal) || v.StartsWith("KMP_", StringComparison.Ordinal));

    [DllImport("libc", EntryPoint = "setenv")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetVariable(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);
}
