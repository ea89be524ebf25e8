using Amodal.Diffusion.Sampling;
using Amodal.Evaluation;
using Amodal.Evaluation.Reports;

namespace Amodal.Training;

/// <summary>A trained model under the missing-modality protocols, whatever computes it. Owns what it loads.</summary>
public interface IRunEvaluator : IDisposable
{
    /// <summary>Name of the method in tables.</summary>
    string MethodName { get; }

    /// <summary>The sampler that the model is configured with.</summary>
    SamplerOptions Sampler { get; }

    /// <summary>Refuses missing rates that the data cannot have; <see cref="Evaluate"/> leaves those out.</summary>
    /// <exception cref="InputException">A rate is over (M - 1) / M.</exception>
    void CheckRates(IEnumerable<double> missingRates);

    /// <summary>Runs the protocols.</summary>
    /// <param name="options">What is covered.</param>
    /// <param name="sampler">A sampler instead of the model's own; null for that.</param>
    /// <param name="nfeCurve">Budgets at which quality is measured too; may be empty.</param>
    /// <param name="progress">What is being done, and the share of it done.</param>
    /// <param name="stop">Ends the work.</param>
    RunEvaluationResult Evaluate(
        EvaluationOptions options, SamplerOptions? sampler = null, IReadOnlyList<int>? nfeCurve = null, Action<string, double>? progress = null, CancellationToken stop = default);

    /// <summary>An evaluation as the report shows it.</summary>
    /// <param name="result">What <see cref="Evaluate"/> found.</param>
    ReportData ToReport(RunEvaluationResult result);
}
