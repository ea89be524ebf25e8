namespace Amodal.Native;

/// <summary>What the processor is called.</summary>
internal static class ProcessorName
{
    private const string File = "/proc/cpuinfo";

    /// <summary>Its name, or its architecture where the system does not tell.</summary>
    public static string Current { get; } = Read() ?? RuntimeInformation.ProcessArchitecture.ToString();

    private static string? Read()
    {
        try
        {
            return System.IO.File.Exists(File)
                ? System.IO.File.ReadLines(File).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
