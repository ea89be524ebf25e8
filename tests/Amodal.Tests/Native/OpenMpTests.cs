using System.Runtime.InteropServices;
using Amodal.Native;

namespace Amodal.Tests.Native;

public class OpenMpTests
{
    [Fact]
    public void Only_a_program_that_asks_for_it_gets_the_limit_and_not_where_the_user_has_chosen()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "libgomp is Linux's");
        TorchBackend.EnsureLoadable();
        // .NET's own copy of the environment was taken at the start, and native changes are not in it.
        var before = Environment.GetEnvironmentVariable(OpenMp.SpinCountName);
        Assert.Equal(before, Marshal.PtrToStringUTF8(GetVariable(OpenMp.SpinCountName)));
        var isChosen = OpenMp.IsChosen(Environment.GetEnvironmentVariables().Keys.Cast<string>());
        try
        {
            TorchThreads.LimitSpinning();
            Assert.Equal(isChosen ? before : OpenMp.SpinCount, Marshal.PtrToStringUTF8(GetVariable(OpenMp.SpinCountName)));
        }
        finally
        {
            if (!isChosen)
            {
                _ = RemoveVariable(OpenMp.SpinCountName);
            }
        }
    }

    [Theory]
    [InlineData("OMP_WAIT_POLICY", true)]
    [InlineData("GOMP_SPINCOUNT", true)]
    [InlineData("KMP_BLOCKTIME", true)]
    [InlineData("OMP_NUM_THREADS", false)]
    [InlineData("PATH", false)]
    public void What_the_user_has_chosen_stands(string variable, bool isChosen) => Assert.Equal(isChosen, OpenMp.IsChosen(["HOME", variable]));

    [DllImport("libc", EntryPoint = "getenv")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint GetVariable([MarshalAs(UnmanagedType.LPUTF8Str)] string name);

    [DllImport("libc", EntryPoint = "unsetenv")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int RemoveVariable([MarshalAs(UnmanagedType.LPUTF8Str)] string name);
}
