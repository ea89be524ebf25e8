using Amodal.Diffusion.Processes;

namespace Amodal.Tests.Diffusion.Processes;

internal static class EveryProcess
{
    public static IProcess Create(ProcessKind kind) => ProcessFactory.Create(new ProcessOptions { Kind = kind });
}
