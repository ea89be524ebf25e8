using Amodal.Data;

namespace Amodal.Cli;

/// <summary>Reads data, with a bar where that takes a while.</summary>
internal static class DataReading
{
    private const long Large = 64 << 20; // less is read within two seconds

    public static DataSet Read(Terminal terminal, string path, CancellationToken stop, FolderOptions? folder = null)
    {
        var limits = new ReadLimits { Stop = stop };
        return SizeOf(path) < Large ? DataFile.Read(path, folder, limits) : terminal.WithProgress(bars =>
            DataFile.Read(path, folder, limits with { Progress = (file, done) => bars.Show($"reading {Path.GetFileName(file)}", done) }));
    }

    private static long SizeOf(string path) => File.Exists(path) ? new FileInfo(path).Length
        : Directory.Exists(path) ? new DirectoryInfo(path).EnumerateFiles("*", new EnumerationOptions()).Sum(f => f.Length)
        : 0;
}
