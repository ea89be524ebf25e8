namespace Amodal.Evaluation;

/// <summary>
/// A method as the protocols see it: for an observed set, a prediction for every utterance. What an utterance's
/// prediction is depends only on its observed set, so every protocol is a look-up in one table, filled when asked. A method
/// that was trained several times has one table per training.
/// </summary>
/// <param name="name">Name of the method.</param>
/// <param name="trainings">Per training the predictions when every utterance has this observed set; at least one.</param>
public sealed class MethodPredictions(string name, params IReadOnlyList<Func<ModalitySet, float[]>> trainings)
{
    private readonly Dictionary<(int Training, ModalitySet Observed), float[]> _known = [];

    /// <summary>Name of the method.</summary>
    public string Name { get; } = name;

    /// <summary>How often it was trained.</summary>
    public int Trainings => trainings.Count;

    /// <summary>What was predicted so far by the first training, by observed set.</summary>
    public IReadOnlyDictionary<ModalitySet, float[]> Made => _known.Where(k => k.Key.Training == 0).ToDictionary(k => k.Key.Observed, k => k.Value);

    /// <summary>Predictions when every utterance has this observed set.</summary>
    public float[] For(ModalitySet observed, int training = 0) =>
        _known.TryGetValue((training, observed), out var p) ? p : _known[(training, observed)] = trainings[training](observed);

    /// <summary>Predictions when each utterance has its own observed set.</summary>
    public float[] For(IReadOnlyList<ModalitySet> observed, int training = 0) => [.. observed.SelectMany((o, row) =>
    {
        var all = For(o, training);
        var width = all.Length / observed.Count;
        return new ArraySegment<float>(all, row * width, width);
    })];

    /// <summary>The method where a row is predicted from what it holds of an observed set; from the set itself where that is nothing.</summary>
    /// <param name="present">What each row holds.</param>
    internal MethodPredictions On(IReadOnlyList<ModalitySet> present) => new(Name, [.. Enumerable.Range(0, Trainings).Select(training =>
        (Func<ModalitySet, float[]>)(observed => For([.. present.Select(held => observed.And(held) is { IsEmpty: false } left ? left : observed)], training)))]);

    /// <summary>The predictions of every training.</summary>
    /// <typeparam name="T">What is predicted, one or more vectors.</typeparam>
    /// <param name="predict">From the number of a training.</param>
    internal IReadOnlyList<T> Each<T>(Func<int, T> predict) => [.. Enumerable.Range(0, Trainings).Select(predict)];
}
