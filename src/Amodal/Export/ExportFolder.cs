using System.Reflection;

namespace Amodal.Export;

/// <summary>The folder that an export makes.</summary>
internal static class ExportFolder
{
    /// <summary>What a manifest says wrote it.</summary>
    public static string Producer => $"Amodal {typeof(ExportFolder).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]}";

    /// <summary>Writes a new folder, whole or not at all.</summary>
    /// <param name="folder">Where; it must not be there yet, or be empty.</param>
    /// <param name="write">Fills the folder that it is given.</param>
    public static void Write(string folder, CancellationToken stop, Action<string> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        AtomicFile.Explaining(folder, () =>
        {
            if (!AtomicFolder.IsFree(folder))
            {
                throw new InputException(folder, null, "is not empty; name a folder that is not there yet, or empty this one.");
            }
        });
        AtomicFolder.Write(folder, made =>
        {
            write(made);
            stop.ThrowIfCancellationRequested();
        });
    }
}
