using System.Runtime.CompilerServices;

namespace Amodal.Tests;

internal static class Setup
{
    [ModuleInitializer]
    public static void LoadTorch()
    {
        Amodal.Native.TorchBackend.EnsureLoadable();
        // Threads gain nothing on tensors this small, and where another program keeps a core busy they wait for each other.
        TorchSharp.torch.set_num_threads(1);
    }
}
