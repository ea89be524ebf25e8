using Amodal.Missingness;

namespace Amodal.Evaluation;

/// <summary>
/// A method as the protocols see it: for an observed set, a prediction for every utterance. What an utterance's
/// prediction is depends only on its observed set, so every protocol is a look-up in one table, filled when asked.
/// </summary>
public sealed class MethodPredictions(string name, Func<ModalitySet, float[]> predict)
{
    private readonly Dictionary<ModalitySet, float[]> _byObserved = [];

    /// <summary>Name of the method.</summary>
    public string Name { get; } = name;

    /// <summary>Predictions when every utterance has this observed set.</summary>
    public float[] For(ModalitySet observed) => _byObserved.TryGetValue(observed, out var p) ? p : _byObserved[observed] = predict(observed);

    /// <summary>Predictions when each utterance has its own observed set.</summary>
    public float[] For(IReadOnlyList<ModalitySet> observed) => [.. observed.Select((o, row) => For(o)[row])];
}
