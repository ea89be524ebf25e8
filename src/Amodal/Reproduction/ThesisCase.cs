using System.Globalization;
using Amodal.Evaluation;
using Amodal.Missingness;

namespace Amodal.Reproduction;

/// <summary>A case of the thesis's tables and what it is on a data set.</summary>
/// <param name="Name">The thesis's: "l+a", "average of six", "MR=0.3", "average".</param>
/// <param name="Protocol">"fixed" or "random".</param>
/// <param name="Ours">The case as results name it: "text+audio", "average-incomplete".</param>
/// <param name="IsComparable">Whether it means the same here: averages and missing rates do only with the thesis's three modalities.</param>
public sealed record ThesisCase(string Name, string Protocol, string Ours, bool IsComparable)
{
    /// <summary>The case on a data set; null where it does not exist there.</summary>
    /// <param name="name">The thesis's name.</param>
    /// <param name="modalities">Names of the data's modalities.</param>
    public static ThesisCase? Resolve(string name, IReadOnlyList<string> modalities)
    {
        ArgumentNullException.ThrowIfNull(name);
        var roles = new ModalityRoles(modalities);
        if (name.StartsWith("MR=", StringComparison.Ordinal))
        {
            var rate = double.Parse(name.AsSpan(3), CultureInfo.InvariantCulture);
            return RandomMasks.Allows(roles.Count, rate)
                ? new ThesisCase(name, "random", string.Create(CultureInfo.InvariantCulture, $"MR={rate}"), roles.Count == 3) : null;
        }

        return name switch
        {
            "average" => new ThesisCase(name, "random", ProtocolEvaluator.AverageRates, roles.Count == 3),
            "average of six" => new ThesisCase(name, "fixed", ProtocolEvaluator.AverageIncomplete, roles.AreTheThesis),
            "average of seven" => new ThesisCase(name, "fixed", ProtocolEvaluator.AverageAll, roles.AreTheThesis),
            _ => roles.Observed(name) is { } observed ? new ThesisCase(name, "fixed", observed.Describe(modalities), true) : null,
        };
    }
}
