using TorchSharp;
using static TorchSharp.torch.nn;

namespace Amodal.Native;

/// <summary>What is done with all networks of a method at once.</summary>
internal static class NetworkSets
{
    /// <summary>Moves them to a device, and back to evaluation mode.</summary>
    public static void MoveTo(this IEnumerable<Module> networks, Device device)
    {
        foreach (var network in networks)
        {
            _ = network.to(device);
            network.eval();
        }
    }

    /// <summary>Frees them.</summary>
    public static void Free(this IEnumerable<Module> networks)
    {
        foreach (var network in networks)
        {
            network.Dispose();
        }
    }
}
