using System.Globalization;
using static TorchSharp.torch;

namespace Amodal.Tests;

/// <summary>
/// Holds a module's state against an approved list, Approved/NAME.txt: one line per tensor, its key and its shape. A key
/// is part of the checkpoint format, so a change here is a change of format.
/// </summary>
internal static class ApprovedShapes
{
    public static void Check(string name, nn.Module module)
    {
        var actual = string.Concat(module.state_dict()
            .Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Key} ({string.Join(", ", entry.Value.shape)})\n"))
            .Order(StringComparer.Ordinal));
        var path = Path.Combine(Repository.Root, "tests", "Amodal.Tests", "Approved", name + ".txt");
        var approved = File.Exists(path) ? File.ReadAllText(path) : "";
        if (actual != approved)
        {
            // Beside the approved file, to be looked at and renamed where the change is meant; git ignores it.
            File.WriteAllText(Path.ChangeExtension(path, ".received.txt"), actual);
        }

        Assert.Equal(approved, actual);
    }
}
