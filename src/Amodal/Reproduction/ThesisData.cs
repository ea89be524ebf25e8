namespace Amodal.Reproduction;

/// <summary>Which of the thesis's two data sets ours is set beside.</summary>
public static class ThesisData
{
    /// <summary>The two.</summary>
    public static IReadOnlyList<string> All { get; } = ["MOSI", "MOSEI"];

    /// <summary>What was asked for, else what the names of the files say, else MOSI.</summary>
    internal static string Of(RunPool pool) => pool.Options.ThesisData
        ?? (pool.Options.DataFiles.Count > 0 && pool.Options.DataFiles.All(f => f.Contains("mosei", StringComparison.OrdinalIgnoreCase)) ? "MOSEI" : "MOSI");
}
