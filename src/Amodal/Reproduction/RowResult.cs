using Amodal.Evaluation;
using Amodal.Runs;

namespace Amodal.Reproduction;

/// <summary>A row's evaluation, and the predictions that it comes from, by which rows are compared in pairs.</summary>
/// <param name="Result">The evaluation.</param>
/// <param name="Predictions">Of every test utterance, by the bits of the observed set.</param>
internal sealed record RowResult(RunEvaluationResult Result, IReadOnlyDictionary<uint, float[]> Predictions)
{
    /// <summary>An evaluation with what it predicted on its way.</summary>
    public static RowResult Of(RunEvaluationResult result) => new(result, result.Predictions!.Made.ToDictionary(p => p.Key.Bits, p => p.Value));

    /// <summary>As a method for the protocols.</summary>
    public MethodPredictions ToMethod(string name) => new(name, observed => Predictions[observed.Bits]);
}
