using System.Runtime.CompilerServices;

namespace Amodal.Tests;

internal static class Setup
{
    [ModuleInitializer]
    public static void LoadTorch() => Native.TorchBackend.EnsureLoadable();
}
