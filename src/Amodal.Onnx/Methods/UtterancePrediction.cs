namespace Amodal.Methods;

/// <summary>One utterance's prediction.</summary>
/// <param name="Id">The utterance.</param>
/// <param name="Observed">What was observed: "text+vision".</param>
/// <param name="Target">What is predicted.</param>
/// <param name="Values">The prediction: a score, or a probability for each class, or those of several labels one after another; means over samples.</param>
/// <param name="Deviations">Of each its standard deviation over samples, 0 when nothing is missing; none for one sample, or of a method that gives means.</param>
/// <param name="Labels">The label; null where the data has none.</param>
public sealed record UtterancePrediction(
    string Id, string Observed, [property: JsonIgnore] Target Target, [property: JsonIgnore] IReadOnlyList<double> Values,
    [property: JsonIgnore] IReadOnlyList<double> Deviations, [property: JsonIgnore] IReadOnlyList<float>? Labels = null)
{
    /// <summary>A score's.</summary>
    public UtterancePrediction(string id, string observed, double prediction, double deviation, float? label = null)
        : this(id, observed, Target.Score, [prediction], [deviation], label is { } y ? [y] : null)
    {
    }

    /// <summary>The score, the number of the most probable class, or the first of several labels'.</summary>
    public double Prediction => Target.Answer(Values);

    /// <summary>The standard deviation over samples of the score, or of that class's probability; null where there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Deviation => Deviations.Count == 0 ? null : Deviations[Target is ClassTarget ? (int)Prediction : 0];

    /// <summary>The label's first number, as <see cref="Prediction"/>; null where the data has none.</summary>
    public float? Label => Labels is [var y, ..] && float.IsFinite(y) ? y : null;

    /// <summary>
    /// How sure it is, by label, of a method that says so: a score's label lies within the prediction, give or take this; a class is one
    /// of those whose probability is at least 1 less this. Infinite where too few labels were known to say. Null where it does not say.
    /// </summary>
    [JsonIgnore]
    public IReadOnlyList<double>? Margins { get; init; }

    /// <summary>The lower end of a score's interval; null where there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Lower => Target is ScoreTarget && Margins is [var margin] ? Prediction - margin : null;

    /// <summary>Its upper end.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Upper => Target is ScoreTarget && Margins is [var margin] ? Prediction + margin : null;

    /// <summary>From end to end of a score's interval, or how many classes it may be; of several labels the most. Null where it does not say.</summary>
    [JsonIgnore]
    public double? Width => Margins is null ? null : Places.Zip(Margins).Max(p => p.First.Target is ClassTarget ? Candidates(p.First, p.Second).Count() : 2 * p.Second);

    /// <summary>The intervals by their columns in a file; none where it does not say.</summary>
    internal IReadOnlyList<(string Column, string Cell)> Intervals => Margins is null ? [] : [.. Places.Zip(Margins).SelectMany(p => p.First.Target is ClassTarget classes
        ? [($"{p.First.Prefix}candidates", string.Join('|', Candidates(p.First, p.Second).Select(k => classes.Classes[k])))]
        : new[] { ($"{p.First.Prefix}lower", ScoreTarget.Number(Values[p.First.Output] - p.Second)), ($"{p.First.Prefix}upper", ScoreTarget.Number(Values[p.First.Output] + p.Second)) })];

    private IEnumerable<(string Prefix, Target Target, int Output)> Places => Target is SeveralTarget several
        ? several.Places().Select(p => ($"{p.Name}.", p.Target, p.Output)) : [("", Target, 0)];

    private IEnumerable<int> Candidates((string Prefix, Target Target, int Output) place, double margin) =>
        Enumerable.Range(0, place.Target.Width).Where(k => Values[place.Output + k] >= 1 - margin);

    /// <summary>All numbers of the prediction by their columns in a file, texts for classes; null for a score, which is one number.</summary>
    [JsonInclude, JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    internal IReadOnlyDictionary<string, object>? Columns => Target is ScoreTarget ? null : new OrderedDictionary<string, object>(
        Target.Cells(Values, null, null).Concat(Intervals).Select(c => KeyValuePair.Create(c.Column, double.TryParse(c.Cell, System.Globalization.CultureInfo.InvariantCulture, out var number) ? (object)number : c.Cell)));
}
