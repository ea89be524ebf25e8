namespace Amodal.Evaluation;

/// <summary>What tables call the rows beside a method.</summary>
internal static class BaselineNames
{
    /// <summary>Name of the best possible predictions in tables.</summary>
    public const string Optimum = "optimum";

    /// <summary>The baseline that sees one modality.</summary>
    internal const string LanguageOnly = "language-only";
    private const string OneModality = "one-modality";

    /// <summary>Names of the baselines of every run, in the order of tables.</summary>
    public static IReadOnlyList<string> All { get; } = ["majority", LanguageOnly, "zero-fill", "mean-fill", "dropout-trained"];

    /// <summary>Names of what linear-first trains beside itself.</summary>
    public static IReadOnlyList<string> Rivals { get; } = ["ridge", "ridge-residual", "dropout-network", "dropout-ensemble", "distilled"];

    /// <summary>The baseline that a table calls so: "language-only (glove)" is language-only. Null for other methods.</summary>
    /// <param name="method">A method's name in a table.</param>
    public static string? Of(string method)
    {
        return All.Contains(method) || Rivals.Contains(method) ? method
            : method.StartsWith(LanguageOnly + " (", StringComparison.Ordinal) || method.StartsWith(OneModality + " (", StringComparison.Ordinal) ? LanguageOnly : null;
    }

    /// <summary>What tables call a baseline; that of one modality says which, and whether that is the language.</summary>
    /// <param name="baseline">One of <see cref="All"/>.</param>
    /// <param name="modalities">The data's modalities.</param>
    /// <param name="primary">The modality of the baseline that sees one only.</param>
    public static string TitleOf(string baseline, IReadOnlyList<string> modalities, int primary)
    {
        return baseline != LanguageOnly ? baseline
            : $"{(new ModalityRoles(modalities).Of(ModalityRoles.Language) == primary ? LanguageOnly : OneModality)} ({modalities[primary]})";
    }

    /// <summary>Whether a row that is no method under evaluation is called so.</summary>
    internal static bool IsTaken(string name) => name == Optimum || Of(name) is not null;
}
