namespace Amodal.Experiments;

/// <summary>
/// A random search over the settings that every method has: how fast and how bound it learns. All methods have the same number of trials, the
/// first of them with the settings as they are; each fold's validation split chooses. What two methods share is drawn alike for both, so
/// that shared stages are still trained once a trial.
/// </summary>
internal static class Tuning
{
    /// <summary>What is drawn, by the last word of a setting's key: a value from the default and a number in [0, 1).</summary>
    private static readonly Dictionary<string, Func<double, double, double>> _ranges = new()
    {
        ["learningRate"] = (usual, u) => usual * Math.Pow(10, u - 0.5), // from a third to three times the default, by its logarithm
        ["weightDecay"] = (_, u) => Math.Pow(10, -5 + (3 * u)), // 0.00001 to 0.01, by its logarithm
        ["dropout"] = (_, u) => 0.5 * u,
    };

    /// <summary>A run's settings in a trial.</summary>
    /// <param name="trial">From 0, which changes nothing.</param>
    public static (ExperimentOptions Run, IReadOnlyList<string> Drawn) Draw(ExperimentOptions run, int trial)
    {
        var unused = MethodCatalogue.Unused(run);
        List<string> drawn = trial == 0 ? [] : [.. Leaves(run, "").Where(s => !unused.Contains(s.Key.Split('.')[0]) && _ranges.ContainsKey(s.Key.Split('.')[^1]))
            .Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Key}={Value(s.Key, s.Value):G3}"))];
        return (YamlOptions.Apply(run, [], "tuning", drawn, MethodCatalogue.Check), drawn);

        double Value(string key, object usual) => _ranges[key.Split('.')[^1]](
            Convert.ToDouble(usual, CultureInfo.InvariantCulture), new StableRandom((ulong)run.Seed, StableRandom.KeyOf("tuning"), StableRandom.KeyOf(key), (ulong)trial).NextDouble());
    }

    /// <summary>Makes the trials, and chooses.</summary>
    /// <param name="order">What is tuned.</param>
    /// <returns>The order with what was chosen; null where trials are the share of other tasks, and not done.</returns>
    public static Order? Choose(Order order, Action<string, double>? progress, CancellationToken stop)
    {
        List<(PlannedRow Row, int Fold, int Trial, IReadOnlyList<string> Drawn, ExperimentOptions Run, Job Job)> trials =
        [
            .. from row in order.Plan.Own
               from fold in Enumerable.Range(0, order.Data.Count)
               from trial in Enumerable.Range(0, order.Request.Trials)
               let drawn = Draw(row.Run!, trial)
               let job = order.Workshop.Predict(order.Workshop.Train(drawn.Run, order.Data[fold]), row.Sampler, draw: 0, $"{row.Label}, trial {trial}", Validation)
               select (row, fold, trial, drawn.Drawn, drawn.Run, job),
        ];
        Runner.Run(order.Workshop.Store, Runner.Share([.. trials.Select(t => t.Job)], order.Request.Share.Task, order.Request.Share.Count), progress, stop);
        if (!trials.All(t => t.Job.IsDone()))
        {
            return null;
        }

        var metric = Leaderboard.Deciding(order.Data[0].Target);
        var sign = Metric.Of(metric).HigherIsBetter ? -1 : 1;
        List<(PlannedRow Row, int Fold, TunedRow Chosen, ExperimentOptions Run)> chosen = [.. trials.GroupBy(t => (t.Row, t.Fold)).Select(g =>
        {
            List<double> values = [.. g.Select(t => Value(order.Data[t.Fold], PredictionTable.Read(t.Job.Path), metric))];
            var best = values.Index().Where(v => !double.IsNaN(v.Item)).OrderBy(v => sign * v.Item).Select(v => v.Index).FirstOrDefault();
            var trial = g.ElementAt(best);
            return (g.Key.Row, g.Key.Fold, new TunedRow(g.Key.Row.Label, g.Key.Fold, trial.Trial, trial.Drawn, values[0], values[best]), trial.Run);
        })];
        return order with { Tuned = chosen.ToDictionary(c => (c.Row, c.Fold), c => c.Run), Chosen = [.. chosen.Select(c => c.Chosen)] };
    }

    private const string Validation = "valid";

    /// <summary>The metric on the validation split, mean over the incomplete sets.</summary>
    private static double Value(DataSet data, PredictionTable table, string metric)
    {
        var split = data[Validation];
        var method = new MethodPredictions("", observed => table[0, observed]);
        method = Presence.OfAll([split]) is { } present ? method.On(present) : method;
        return Patterns.Incomplete(data.Modalities.Count).Average(observed => data.Target.Compute(split.Labels, method.For(observed))[metric]);
    }

    private static IEnumerable<(string Key, object Value)> Leaves(object options, string prefix) =>
        OptionTree.Entries(options).SelectMany(e => e.IsGroup ? Leaves(e.Value, $"{prefix}{e.Key}.") : [(prefix + e.Key, e.Value)]);
}

/// <summary>What tuning chose for a row on a fold.</summary>
/// <param name="Trial">From 0, the settings as they are.</param>
/// <param name="Settings">What is otherwise than in those, "key=value".</param>
/// <param name="Usual">The deciding metric on the validation split with the settings as they are.</param>
/// <param name="Best">The same with the chosen ones.</param>
internal sealed record TunedRow(string Row, int Fold, int Trial, IReadOnlyList<string> Settings, double Usual, double Best);
