namespace Amodal.Evaluation;

/// <summary>
/// A method as the protocols see it: for an observed set, a prediction for every utterance. What an utterance's
/// prediction is depends only on its observed set, so every protocol is a look-up in one table, filled when asked. A method
/// that was trained several times has one table per training.
/// </summary>
/// <param name="name">Name of the method.</param>
/// <param name="trainings">Per training the predictions when the same is observed of every utterance; at least one.</param>
public sealed class MethodPredictions(string name, params IReadOnlyList<Func<Observation, float[]>> trainings)
{
    private readonly Dictionary<(int Training, Observation Observed), float[]> _known = [];
    private readonly Dictionary<(int Training, int Row, Observation Observed), float[]> _rows = [];

    /// <summary>Name of the method.</summary>
    public string Name { get; } = name;

    /// <summary>How often it was trained.</summary>
    public int Trainings => trainings.Count;

    /// <summary>
    /// Per training the predictions when of each utterance something else is observed, asked where steps are missing: gaps are
    /// seldom alike, and a table by observation would not pay. Null where only whole modalities can be asked about.
    /// </summary>
    public IReadOnlyList<Func<IReadOnlyList<Observation>, float[]>>? ByRow { get; init; }

    /// <summary>What was predicted so far by the first training, by observation.</summary>
    public IReadOnlyDictionary<Observation, float[]> Made => _known.Where(k => k.Key.Training == 0).ToDictionary(k => k.Key.Observed, k => k.Value);

    /// <summary>Predictions when the same is observed of every utterance.</summary>
    public float[] For(Observation observed, int training = 0) =>
        _known.TryGetValue((training, observed), out var p) ? p : _known[(training, observed)] = trainings[training](observed);

    /// <summary>Predictions when of each utterance something else is observed.</summary>
    /// <exception cref="NotSupportedException">Steps are missing, and it knows of whole modalities only.</exception>
    public float[] For(IReadOnlyList<Observation> observed, int training = 0)
    {
        if (observed.Index().Any(o => !o.Item.IsWhole && !_rows.ContainsKey((training, o.Index, o.Item))))
        {
            var all = (ByRow ?? throw new NotSupportedException($"{Name} knows of whole modalities only"))[training](observed);
            foreach (var (row, o) in observed.Index().Where(o => !o.Item.IsWhole))
            {
                _rows[(training, row, o)] = [.. Of(all, row)];
            }
        }

        return [.. observed.SelectMany((o, row) => o.IsWhole ? Of(For(o, training), row) : _rows[(training, row, o)])];

        ArraySegment<float> Of(float[] all, int row)
        {
            var width = all.Length / observed.Count;
            return new ArraySegment<float>(all, row * width, width);
        }
    }

    /// <summary>The method where a row is predicted from what it holds of what is observed; from all that is observed where that is nothing.</summary>
    /// <param name="present">What each row holds.</param>
    internal MethodPredictions On(IReadOnlyList<ModalitySet> present)
    {
        return new(Name, [.. Enumerable.Range(0, Trainings).Select(training => (Func<Observation, float[]>)(observed =>
            For([.. present.Select(held => Left(observed, held))], training)))])
        {
            ByRow = ByRow is null ? null : [.. Enumerable.Range(0, Trainings).Select(training => (Func<IReadOnlyList<Observation>, float[]>)(observed =>
                For([.. observed.Zip(present, Left)], training)))],
        };

        static Observation Left(Observation observed, ModalitySet held) => observed.And(held) is { IsEmpty: false } left ? left : observed;
    }

    /// <summary>The predictions of every training.</summary>
    /// <typeparam name="T">What is predicted, one or more vectors.</typeparam>
    /// <param name="predict">From the number of a training.</param>
    internal IReadOnlyList<T> Each<T>(Func<int, T> predict) => [.. Enumerable.Range(0, Trainings).Select(predict)];
}
