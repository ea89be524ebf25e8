using Amodal.Data.NumPy;

namespace Amodal.Tests;

/// <summary>Values that other programs computed, ../shared/golden; tests that need them are skipped where they are not.</summary>
internal static class Golden
{
    public static Dictionary<string, NumPyArray> Read(string name) => new(NpzArchive.Read(Repository.Shared("golden", name)));
}
