namespace Amodal.Evaluation;

/// <summary>A metric's value with its 95 % interval.</summary>
/// <param name="Value">The mean.</param>
/// <param name="Low">Lower end of the interval; NaN where there is none, as of a single utterance.</param>
/// <param name="High">Upper end of the interval; NaN where there is none.</param>
public sealed record Estimate([property: JsonPropertyName("mean")] double Value, double Low, double High)
{
    /// <summary>Standard deviation of the value over training seeds; null where there was one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Spread { get; init; }

    /// <summary>Whether there is an interval.</summary>
    [JsonIgnore]
    public bool HasInterval => double.IsFinite(Low) && double.IsFinite(High);

    /// <summary>Whether the interval leaves out 0: a difference is then more than chance explains.</summary>
    [JsonIgnore]
    public bool ExcludesZero => Low > 0 || High < 0;
}
