using Amodal.Diffusion.Sampling;
using Amodal.Evaluation;
using Amodal.Evaluation.Reports;

namespace Amodal.Training;

/// <summary>A trained model under the missing-modality protocols, whatever computes it. Owns what it loads.</summary>
public interface IRunEvaluator : IDisposable
{
    /// <summary>Name of the method in tables.</summary>
    string MethodName { get; }

    /// <summary>The folder that it came from, the first of several.</summary>
    string Source { get; }

    /// <summary>The utterances that are evaluated, by id, in order.</summary>
    IReadOnlyList<string> Utterances { get; }

    /// <summary>The names of the modalities, in the data's order.</summary>
    IReadOnlyList<string> Modalities { get; }

    /// <summary>The sampler that the model is configured with.</summary>
    SamplerOptions Sampler { get; }

    /// <summary>The data file, where it is not the data that the model was trained on; null where it is, or where the model does not know.</summary>
    string? OtherData { get; }

    /// <summary>Refuses missing rates that the data cannot have; <see cref="Evaluate"/> leaves those out.</summary>
    /// <exception cref="InputException">A rate is over (M - 1) / M.</exception>
    void CheckRates(IEnumerable<double> missingRates);

    /// <summary>Runs the protocols.</summary>
    /// <param name="options">What is covered.</param>
    /// <param name="sampler">A sampler instead of the model's own; null for that.</param>
    /// <param name="nfeCurve">Budgets at which quality is measured too; may be empty.</param>
    /// <param name="progress">What is being done, and the share of it done.</param>
    /// <param name="stop">Ends the work.</param>
    /// <param name="against">Another method on the same utterances, with its own sampler: a further rival; null for none.</param>
    /// <exception cref="InputException">
    /// The other has other utterances, or its method has this one's name; a method has a baseline's name; two observed sets have one name.
    /// </exception>
    RunEvaluationResult Evaluate(
        EvaluationOptions options, SamplerOptions? sampler = null, IReadOnlyList<int>? nfeCurve = null, Action<string, double>? progress = null,
        CancellationToken stop = default, IRunEvaluator? against = null);

    /// <summary>The predictions with the model's own sampler, made when they are asked for.</summary>
    /// <param name="samples">Recoveries whose predictions are averaged.</param>
    /// <param name="progress">What is being done, and the share of it done.</param>
    /// <param name="stop">Ends the work.</param>
    MethodPredictions Predictions(int samples, Action<string, double>? progress = null, CancellationToken stop = default);

    /// <summary>An evaluation as the report shows it.</summary>
    /// <param name="result">What <see cref="Evaluate"/> found.</param>
    ReportData ToReport(RunEvaluationResult result);
}
