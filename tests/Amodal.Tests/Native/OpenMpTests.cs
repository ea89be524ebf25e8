using System.Runtime.InteropServices;
using Amodal.Native;

namespace Amodal.Tests.Native;

public class OpenMpTests
{
    [Fact]
    public void Native_code_sees_the_limit_unless_the_user_has_chosen()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "libgomp is Linux's");
        TorchBackend.EnsureLoadable();
        var expected = OpenMp.IsChosen(Environment.GetEnvironmentVariables().Keys.Cast<string>())
            ? Environment.GetEnvironmentVariable(OpenMp.SpinCountName)
            : OpenMp.SpinCount;
        Assert.Equal(expected, Marshal.PtrToStringUTF8(GetVariable(OpenMp.SpinCountName)));
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
}
