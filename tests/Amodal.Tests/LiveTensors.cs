using TorchSharp;

namespace Amodal.Tests;

internal static class LiveTensors
{
    /// <summary>
    /// How many tensors the process holds, after a collection. The count is to begin from this: what another test, or a layer
    /// under construction, left to the collector would leave the count at any moment. What comes after needs no collection:
    /// code that disposes of its tensors leaves nothing to it.
    /// </summary>
    public static long CountAfterCollection()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return torch.Tensor.TotalCount;
    }
}
