using System.Text.Json.Serialization;

namespace Amodal.Evaluation;

/// <summary>One point of quality against cost.</summary>
/// <param name="Method">Which method and sampler.</param>
/// <param name="Nfe">Network evaluations per missing modality that were made.</param>
/// <param name="Values">The metrics of incomplete observed sets, averaged over them, by name.</param>
/// <param name="LatentError">Root mean square error of the sampled latents over all incomplete sets, in standard deviations.</param>
/// <param name="Seconds">Wall time of the recoveries.</param>
public sealed record NfePoint(
    string Method, int Nfe, [property: JsonIgnore] IReadOnlyDictionary<string, Estimate> Values,
    [property: JsonPropertyOrder(1)] double LatentError, [property: JsonPropertyOrder(1)] double Seconds)
{
    /// <summary>A point as it stands in a file, where a score's two metrics have keys of their own.</summary>
    [JsonConstructor]
    public NfePoint(string method, int nfe, Estimate? acc2, Estimate? mae, double latentError, double seconds, IReadOnlyDictionary<string, Estimate>? metrics = null)
        : this(method, nfe, metrics ?? new[] { (ScoreTarget.Acc2NonZero, acc2), (ScoreTarget.Mae, mae) }
            .Where(m => m.Item2 is not null).ToDictionary(m => m.Item1, m => m.Item2!), latentError, seconds)
    {
    }

    /// <summary>ACC2 on labels that are not zero, of a score.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Estimate? Acc2 => Values.GetValueOrDefault(ScoreTarget.Acc2NonZero);

    /// <summary>The mean absolute error, of a score.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Estimate? Mae => Values.GetValueOrDefault(ScoreTarget.Mae);

    /// <summary>The metrics of another target than a score.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, Estimate>? Metrics => Acc2 is null && Mae is null ? Values : null;
}
