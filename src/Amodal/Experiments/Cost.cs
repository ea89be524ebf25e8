namespace Amodal.Experiments;

/// <summary>What an experiment would cost: an estimate from operation counts and a quick measurement; training that stops early makes it less.</summary>
internal sealed record CostEstimate(double Flops, TimeSpan Duration);

/// <summary>
/// Estimates what experiments cost: operations of every stage and evaluation at the most epochs, divided by the rate that a short measurement of
/// each method's networks gives. It is no bound: training stops early, and what is not a network's is not counted, but by a trial of
/// each stage where there are data for it.
/// </summary>
/// <param name="trial">Data to try stages on whose operations are not counted; null leaves these out.</param>
internal sealed class CostModel(DataShape data, DataSet? trial = null, CancellationToken stop = default)
{
    private const double SecondsPerEmbedding = 10; // t-SNE of a panel of 500 utterances on a core
    private readonly CostBasis _basis = new(data);
    private readonly Dictionary<ExperimentOptions, IReadOnlyDictionary<string, double>> _tried = [];

    /// <summary>The estimate for a table of which nothing is there yet.</summary>
    public CostEstimate Of(Plan plan, int trainings = 1, Action<double>? progress = null)
    {
        var costs = plan.Runs.ToDictionary(r => r, r => MethodCatalogue.Of(r.Method).Outlook.Cost(r, _basis));
        var byKey = plan.Own.Where(_ => costs.Count > 0).ToLookup(r => r.Training, r => r.Run!);
        trainings = plan.Table.Kind == ExperimentKind.Figure ? 1 : trainings; // a figure is of the first run
        var (flops, seconds) = (0.0, plan.Table.Kind == ExperimentKind.Figure ? plan.Rows.Count * SecondsPerEmbedding : 0);
        foreach (var (done, (stage, run)) in plan.Stages.Index())
        {
            progress?.Invoke((done + 1.0) / plan.Stages.Count);
            Add(costs[run], _basis.Baselines(run).TryGetValue(stage, out var baseline) ? baseline : costs[run].Stages.GetValueOrDefault(stage));
            seconds += costs[run].Stages.Count == 0 ? Tried(run).GetValueOrDefault(stage) : 0;
        }

        foreach (var row in plan.Evaluations)
        {
            var cost = costs[byKey[row.Training].First()];
            Add(cost, Use(plan.Table, row, cost));
        }

        return new CostEstimate(flops * trainings, TimeSpan.FromSeconds(seconds * trainings));

        void Add(MethodCost cost, double more)
        {
            flops += more;
            seconds += more / cost.Rate;
        }
    }

    /// <summary>What the stages of a run take, by name; none where they cannot be tried on so few utterances.</summary>
    private IReadOnlyDictionary<string, double> Tried(ExperimentOptions run)
    {
        if (trial is null || _tried.TryGetValue(run, out var seconds))
        {
            return trial is null ? new Dictionary<string, double>() : _tried[run];
        }

        try
        {
            seconds = StageTrial.Seconds(run, trial, stop);
        }
        catch (InputException)
        {
            seconds = new Dictionary<string, double>();
        }

        return _tried[run] = seconds;
    }

    /// <summary>What is done with a trained row.</summary>
    private double Use(Declaration table, PlannedRow row, MethodCost cost)
    {
        var recoveries = Patterns.Incomplete(_basis.Count).Sum(observed => cost.Recovery(row.Sampler!, observed));
        var evaluation = data.Test * (recoveries + (((1 << _basis.Count) - 1) * cost.Answer));
        return table.Kind switch
        {
            ExperimentKind.Figure => Math.Min(new LatentFigureOptions().Utterances, data.Test) * cost.Recovery(row.Sampler!,
                ModalitySet.Of(new ModalityRoles([.. data.Modalities.Select(m => m.Name)]).Of(table.Observed) ?? 0)),
            ExperimentKind.Latents => evaluation + (Math.Min(LatentStudy.MostUtterances, data.Test) * recoveries),
            _ => evaluation,
        };
    }
}
