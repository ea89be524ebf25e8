using System.Reflection;
using System.Runtime.CompilerServices;
using Xunit.v3;

[assembly: Amodal.Tests.OneThread]

namespace Amodal.Tests;

internal static class Setup
{
    [ModuleInitializer]
    public static void LoadTorch()
    {
        Amodal.Native.TorchBackend.EnsureLoadable();
        // Threads gain nothing on tensors this small, and where another program keeps a core busy they wait for each other.
        OneThread();
    }

    /// <summary>
    /// One thread for torch's operations here. A thread of the pool keeps the number that torch had when the thread first
    /// asked for it, which may have been during a test of more.
    /// </summary>
    public static void OneThread() => TorchSharp.torch.set_num_threads(1);
}

/// <summary>Every test begins with one thread, wherever it runs.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class OneThreadAttribute : BeforeAfterTestAttribute
{
    public override void Before(MethodInfo methodUnderTest, IXunitTest test) => Setup.OneThread();
}
