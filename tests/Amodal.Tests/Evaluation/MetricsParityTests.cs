using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using Amodal.Evaluation;

namespace Amodal.Tests.Evaluation;

/// <summary>Against values from the official IMDer code and scikit-learn, golden/metrics.npz in the shared folder.</summary>
public class MetricsParityTests
{
    private static readonly string[] Extra =
    [
        Metrics.Acc2NonZero, Metrics.F1NonZeroWeighted, Metrics.Acc2Has0, Metrics.F1Has0Weighted,
        Metrics.Acc7, Metrics.Acc5, Metrics.Acc3, Metrics.Mae, Metrics.Corr,
    ];

    private static readonly string[] Official = [Metrics.Acc2NonZero, Metrics.F1NonZeroWeighted, Metrics.Acc7, Metrics.Mae];

    [Theory]
    [InlineData("random686")]
    [InlineData("zeros")]
    [InlineData("half_ties")]
    [InlineData("outside")]
    [InlineData("negzero")]
    [InlineData("all_pred_positive")]
    [InlineData("truth_one_class")]
    [InlineData("six_decimals")]
    public void Equals_the_official_values(string name)
    {
        var path = Find();
        if (path is null)
        {
            Assert.Skip("shared/golden/metrics.npz is not beside the repository");
        }

        using var file = ZipFile.OpenRead(path);
        var metrics = Metrics.Compute(Read<float>(file, $"{name}.truth.npy"), Read<float>(file, $"{name}.pred.npy"));
        var official = Read<double>(file, $"{name}.official.npy");
        for (var i = 0; i < official.Length; i++)
        {
            Assert.Equal(official[i], Math.Round(metrics[Official[i]], 4)); // they round to four decimals
        }

        // Theirs and ours differ in the order of a few double additions (1e-15); their MAE is a mean of float32, with an
        // error of a few units of 6e-8 of its value.
        var extra = Read<double>(file, $"{name}.extra.npy");
        for (var i = 0; i < extra.Length; i++)
        {
            Assert.Equal(extra[i], metrics[Extra[i]], Extra[i] == Metrics.Mae ? 5e-7 * extra[i] : 1e-13);
        }
    }

    private static string? Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Amodal.slnx")))
        {
            folder = folder.Parent;
        }

        var path = folder is null ? null : Path.Combine(folder.FullName, "..", "shared", "golden", "metrics.npz");
        return File.Exists(path) ? path : null;
    }

    // NumPy's format, version 1: magic 8 bytes, header length 2 bytes, header, little-endian numbers.
    private static T[] Read<T>(ZipArchive file, string name)
        where T : unmanaged
    {
        using var stream = file.GetEntry(name)!.Open();
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        var bytes = memory.ToArray();
        var start = 10 + BitConverter.ToUInt16(bytes, 8);
        Assert.Contains(typeof(T) == typeof(float) ? "'<f4'" : "'<f8'", Encoding.ASCII.GetString(bytes, 10, start - 10), StringComparison.Ordinal);
        return MemoryMarshal.Cast<byte, T>(bytes.AsSpan(start)).ToArray();
    }
}
