namespace Amodal.Methods;

/// <summary>One utterance's prediction.</summary>
/// <param name="Id">The utterance.</param>
/// <param name="Observed">What was observed: "text+vision".</param>
/// <param name="Target">What is predicted.</param>
/// <param name="Values">The prediction: a score, or a probability for each class, or those of several labels one after another; means over samples.</param>
/// <param name="Deviations">Of each its standard deviation over samples; 0 for one sample, or when nothing is missing.</param>
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

    /// <summary>The standard deviation over samples of the score, or of that class's probability.</summary>
    public double Deviation => Deviations[Target is ClassTarget ? (int)Prediction : 0];

    /// <summary>The label's first number, as <see cref="Prediction"/>; null where the data has none.</summary>
    public float? Label => Labels is [var y, ..] && float.IsFinite(y) ? y : null;

    /// <summary>All numbers of the prediction by their columns in a file, texts for classes; null for a score, which is one number.</summary>
    [JsonInclude, JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    internal IReadOnlyDictionary<string, object>? Columns => Target is ScoreTarget ? null : new OrderedDictionary<string, object>(
        Target.Cells(Values, null, null).Select(c => KeyValuePair.Create(c.Column, double.TryParse(c.Cell, System.Globalization.CultureInfo.InvariantCulture, out var number) ? (object)number : c.Cell)));
}
