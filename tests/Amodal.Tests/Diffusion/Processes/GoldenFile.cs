using System.IO.Compression;
using System.Text;

namespace Amodal.Tests.Diffusion.Processes;

/// <summary>Reads float32 arrays of a golden .npz (zip of .npy version 1) as flat arrays; skips the test when it is not there.</summary>
internal static class GoldenFile
{
    public static IReadOnlyDictionary<string, float[]> Read(string name)
    {
        var path = Path.Combine(SharedFolder(), "golden", name);
        if (!File.Exists(path))
        {
            Assert.Skip($"{path} is not on this machine");
        }

        using var archive = ZipFile.OpenRead(path);
        return archive.Entries.ToDictionary(e => Path.GetFileNameWithoutExtension(e.Name), ReadArray);
    }

    private static string SharedFolder()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Amodal.slnx")))
        {
            directory = directory.Parent;
        }

        return Path.Combine(directory?.Parent?.FullName ?? "", "shared");
    }

    private static float[] ReadArray(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        var bytes = memory.ToArray();
        var headerLength = BitConverter.ToUInt16(bytes, 8);
        Assert.Contains("'<f4'", Encoding.ASCII.GetString(bytes, 10, headerLength), StringComparison.Ordinal);
        var values = new float[(bytes.Length - 10 - headerLength) / sizeof(float)];
        Buffer.BlockCopy(bytes, 10 + headerLength, values, 0, values.Length * sizeof(float));
        return values;
    }
}
