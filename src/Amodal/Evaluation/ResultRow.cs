namespace Amodal.Evaluation;

/// <summary>One row of a table of results.</summary>
/// <param name="Method">What made the predictions.</param>
/// <param name="Protocol">"fixed", "random" or "masks".</param>
/// <param name="Case">The observed set ("text+vision"), an average ("average-incomplete", "average-all"), the missing rate ("MR=0.3"), or the name of the masks ("audio=0.3").</param>
/// <param name="Count">Utterances behind it.</param>
/// <param name="Metrics">Estimates by the metric's name.</param>
public sealed record ResultRow(
    string Method,
    string Protocol,
    [property: JsonIgnore] string Case,
    [property: JsonPropertyName("n"), JsonPropertyOrder(1)] int Count,
    [property: JsonPropertyOrder(1)] IReadOnlyDictionary<string, Estimate> Metrics)
{
    private const string RatePrefix = "MR=";

    /// <summary>A row as it stands in a file, where the case is one of three fields.</summary>
    [JsonConstructor]
    public ResultRow(string method, string protocol, string? observed, double? missingRate, string? masks, int count, IReadOnlyDictionary<string, Estimate> metrics)
        : this(method, protocol, observed ?? (missingRate is { } rate ? CaseOf(rate) : masks ?? ""), count, metrics)
    {
    }

    /// <summary>The observed set, or an average over observed sets; null in other rows.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Observed => MissingRate is null && Masks is null ? Case : null;

    /// <summary>The missing rate; null in a row of the fixed protocol.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MissingRate => Protocol == "random" && Case.StartsWith(RatePrefix, StringComparison.Ordinal)
        && double.TryParse(Case.AsSpan(RatePrefix.Length), CultureInfo.InvariantCulture, out var rate) ? rate : null;

    /// <summary>The name of the masks; null in rows of other protocols.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Masks => Protocol == NamedMasks.Protocol ? Case : null;

    /// <summary>The case of a missing rate: "MR=0.3".</summary>
    public static string CaseOf(double missingRate) => string.Create(CultureInfo.InvariantCulture, $"{RatePrefix}{missingRate}");
}
