namespace Amodal.Evaluation.Reports;

/// <summary>A method has one colour wherever it stands: on the page, in every chart, and in every report the baselines have theirs.</summary>
internal static class MethodColours
{
    /// <summary>The colour of what is no method, such as a loss: that of the text.</summary>
    public const int Ink = -1;

    /// <summary>The colour of what is no method and stands back: that of small print.</summary>
    public const int Soft = -2;

    private static readonly Dictionary<string, int> _baselines = new()
    {
        ["majority"] = 6,
        ["language-only"] = 7,
        ["one-modality"] = 7,
        ["zero-fill"] = 1,
        ["mean-fill"] = 3,
        ["dropout-trained"] = 2,
    };

    private static readonly int[] _others = [0, 5, 8, 9, 4, 10];

    /// <summary>The colours, numbers from 0, of the methods in the order of a table; a method that is not ours to know has the next free one.</summary>
    public static IReadOnlyDictionary<string, int> Of(IEnumerable<string> methods)
    {
        var colours = new Dictionary<string, int>();
        var free = 0;
        foreach (var method in methods.Distinct())
        {
            colours[method] = Find(_baselines, method) ?? _others[free++ % _others.Length];
        }

        return colours;
    }

    /// <summary>The colour of a method, or of "METHOD (how)"; null where none begins so.</summary>
    public static int? Find(IReadOnlyDictionary<string, int> colours, string name)
    {
        var known = colours.Keys.Where(m => name == m || name.StartsWith(m + " (", StringComparison.Ordinal)).MaxBy(m => m.Length);
        return known is null ? null : colours[known];
    }
}
