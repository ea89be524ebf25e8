namespace Amodal.Evaluation;

/// <summary>Runs methods through the fixed and the random missing protocol (docs/methods/amodal.md, evaluation).</summary>
/// <param name="truth">The labels.</param>
/// <param name="modalities">The modalities' names.</param>
/// <param name="options">What is covered.</param>
/// <param name="groups">The video of each utterance, which intervals and tests draw whole; null draws single utterances.</param>
/// <param name="present">What each utterance holds in the file: what it lacks is missing whatever a set or mask says; null where nothing is.</param>
/// <param name="target">What is predicted; null for a score.</param>
internal sealed class ProtocolEvaluator(
    float[] truth, IReadOnlyList<string> modalities, EvaluationOptions options, IReadOnlyList<string>? groups = null, IReadOnlyList<ModalitySet>? present = null,
    Target? target = null)
{
    /// <summary>The average over the incomplete observed sets: six for three modalities.</summary>
    public const string AverageIncomplete = "average-incomplete";

    /// <summary>The average over all observed sets, the complete one included: seven for three modalities.</summary>
    public const string AverageAll = "average-all";

    /// <summary>
    /// How the name of an average over the sets that lack equally many modalities begins; the number follows. There are such
    /// averages from four modalities on, where the sets are too many to be read one by one.
    /// </summary>
    public const string AverageMissing = "average-missing-";

    /// <summary>The average over the missing rates of the random protocol.</summary>
    public const string AverageRates = "average-rates";

    private const int ManyModalities = 4;

    private readonly Dictionary<MethodPredictions, MethodPredictions> _restricted = [];
    private readonly Dictionary<(Case, MethodPredictions), IReadOnlyList<IReadOnlyList<float[]>>> _predictions = [];
    private readonly Bootstrap _bootstrap = new(truth, options.Seed, groups, target: target);
    private readonly Bootstrap _single = new(truth, options.Seed, null, target: target); // of single utterances, from which nothing is drawn
    private IReadOnlyList<Case>? _cases;

    /// <summary>Refuses names of modalities that make two columns of a table be called alike.</summary>
    /// <param name="modalities">The modalities' names.</param>
    /// <exception cref="InputException">Two observed sets, or a set and an average, have one name.</exception>
    public static void CheckNames(IReadOnlyList<string> modalities)
    {
        ArgumentNullException.ThrowIfNull(modalities);
        var sets = modalities.Count <= Patterns.MaximumModalities ? Patterns.All(modalities.Count).Select(o => o.Describe(modalities)) : modalities;
        var known = new HashSet<string>([AverageIncomplete, AverageAll, AverageRates]);
        if (sets.FirstOrDefault(name => !known.Add(name)) is { } twice)
        {
            throw new InputException("modalities", string.Join(", ", modalities),
                $"give two columns of the tables the name '{twice}'; call a modality otherwise in the data.");
        }
    }

    /// <summary>One row per method and case.</summary>
    public IReadOnlyList<ResultRow> Rows(IEnumerable<MethodPredictions> methods) => [.. methods.Select(Restricted).SelectMany(m => Cases.Where(c => c.IsKnownTo(m)).Select(c =>
        new ResultRow(m.Name, c.Protocol, c.Name, Count, _bootstrap.Estimate(PredictionsOf(c, m)))))];

    /// <summary>Per baseline and case the difference in every metric; averages, missing rates and given masks first, then single observed sets.</summary>
    public IReadOnlyList<PairedDifference> Differences(MethodPredictions method, IEnumerable<MethodPredictions> baselines) => [.. baselines.Select(Restricted).SelectMany(r =>
        Cases.Where(c => c.IsKnownTo(method) && c.IsKnownTo(r)).OrderBy(c => !c.IsSummary).SelectMany(c =>
            _bootstrap.Difference(PredictionsOf(c, Restricted(method)), PredictionsOf(c, r))
                .Select(d => new PairedDifference(method.Name, r.Name, c.Name, d.Key, d.Value))))];

    /// <summary>A metric in a case by what intervals draw, videos or utterances: <see cref="Bootstrap.ByUnit"/>.</summary>
    /// <param name="name">The case's name.</param>
    public double[] ByUnit(MethodPredictions method, string name, string metric) =>
        _bootstrap.ByUnit(PredictionsOf(Cases.First(c => c.Name == name), Restricted(method)), metric);

    /// <summary>What the first training of a method has right of every utterance from an observed set: a metric that is a share, of each by itself; NaN where it has no value.</summary>
    public double[] ByUtterance(MethodPredictions method, ModalitySet observed, string metric) =>
        _single.ByUnit([[Restricted(method).For(observed)]], metric);

    /// <summary>What each modality is worth to a method, in every metric; nothing for one modality or without the fixed protocol.</summary>
    public IReadOnlyList<ModalityEffect> Effects(MethodPredictions method)
    {
        if (!options.Fixed || modalities.Count < 2)
        {
            return [];
        }

        var of = Restricted(method);
        var complete = ModalitySet.All(modalities.Count);
        IReadOnlyList<IReadOnlyList<float[]>> Of(ModalitySet observed) => of.Each(training => (IReadOnlyList<float[]>)[of.For(observed, training)]);
        ModalitySet Without(int m) => complete.Without(ModalitySet.Of(m));
        IEnumerable<ModalityEffect> Effect(int m, string kind, int? other, ModalitySet first, ModalitySet second) =>
            _bootstrap.Difference(Of(first), Of(second))
                .Select(d => new ModalityEffect(method.Name, modalities[m], kind, other is { } o ? modalities[o] : null, d.Key, d.Value));
        var all = Enumerable.Range(0, modalities.Count).ToList();
        return
        [
            .. all.SelectMany(m => Effect(m, ModalityEffect.Lost, null, complete, Without(m))),
            .. all.SelectMany(m => Effect(m, ModalityEffect.Alone, null, complete, ModalitySet.Of(m))),
            .. all.SelectMany(m => all.Where(o => o > m).SelectMany(o => Effect(m, ModalityEffect.Over, o, Without(o), Without(m)))),
        ];
    }

    /// <summary>
    /// Which classes a method takes for which: with everything observed, on average over the incomplete sets, and with one modality missing, or
    /// else in every case of the random protocol; nothing of labels that are no classes.
    /// </summary>
    public IReadOnlyList<ConfusionTable> Confusions(MethodPredictions method)
    {
        var all = ModalitySet.All(modalities.Count);
        List<string> shown = [all.Describe(modalities), AverageIncomplete, .. modalities.Count < 2 ? [] : all.Members.Select(m => all.Without(ModalitySet.Of(m)).Describe(modalities))];
        return [.. Cases.Where(c => !options.Fixed || shown.Contains(c.Name)).OrderBy(c => shown.IndexOf(c.Name)).SelectMany(c => Of(c))];

        IEnumerable<ConfusionTable> Of(Case c)
        {
            var tables = c.Predictions(Restricted(method)).SelectMany(training => training).Select(p => (target ?? Target.Score).Confusions(truth, p).ToList()).ToList();
            return tables[0].Select((first, i) => new ConfusionTable(method.Name, first.Label, c.Name, first.Classes,
                [.. Enumerable.Range(0, first.Classes.Count).Select(row => (IReadOnlyList<double>)
                    [.. Enumerable.Range(row * first.Classes.Count, first.Classes.Count).Select(at => tables.Average(t => t[i].Counts[at]))])]));
        }
    }

    /// <summary>Every utterance with the method's predictions of a score, means over its trainings; nothing without the fixed protocol.</summary>
    /// <param name="method">The method.</param>
    /// <param name="utterances">Ids and transcripts, in the order of the labels.</param>
    public IReadOnlyList<UtteranceResult> Utterances(MethodPredictions method, IReadOnlyList<(string Id, string? Transcript)> utterances)
    {
        if (!options.Fixed || target is not (null or ScoreTarget))
        {
            return []; // a mean and a range are of one number
        }

        var of = Restricted(method);
        var all = ModalitySet.All(modalities.Count);
        var complete = Mean(all);
        List<float[]> incomplete = [.. Patterns.Incomplete(modalities.Count).Select(Mean)];
        List<float[]> without = modalities.Count < 2 ? [] : [.. all.Members.Select(m => Mean(all.Without(ModalitySet.Of(m))))];
        return [.. utterances.Select((u, row) =>
        {
            List<float> predictions = incomplete.Count == 0 ? [complete[row]] : [.. incomplete.Select(p => p[row])];
            return new UtteranceResult(u.Id, truth[row], complete[row], predictions.Average(), predictions.Min(), predictions.Max(), [.. without.Select(p => (double)p[row])])
            {
                Spread = Spread(of.Each(training => (double)of.For(all, training)[row])),
                Transcript = u.Transcript,
            };
        })];

        static double? Spread(IReadOnlyList<double> values)
        {
            var mean = values.Average();
            return values.Count < 2 ? null : Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1));
        }

        float[] Mean(ModalitySet observed)
        {
            var trainings = of.Each(training => of.For(observed, training));
            return [.. truth.Select((_, row) => trainings.Average(t => t[row]))];
        }
    }

    private int Count => truth.Length / (target ?? Target.Score).Labels;

    private IReadOnlyList<Case> Cases => _cases ??= [.. FixedCases(), .. RandomCases(), .. options.Given.Select(given =>
        new Case(NamedMasks.Protocol, given.Name, IsSummary: true, (m, t) => [.. given.Masks.Select(o => m.For(o, t))], given.Masks.Any(mask => mask.Any(o => !o.IsWhole))))];

    private MethodPredictions Restricted(MethodPredictions method) => present is null ? method
        : _restricted.TryGetValue(method, out var known) ? known
        : _restricted[method] = method.On(present);

    // Kept, so that the bootstrap knows the vectors of masks again.
    private IReadOnlyList<IReadOnlyList<float[]>> PredictionsOf(Case c, MethodPredictions method) =>
        _predictions.TryGetValue((c, method), out var known) ? known : _predictions[(c, method)] = c.Predictions(method);

    private IEnumerable<Case> FixedCases()
    {
        if (!options.Fixed)
        {
            yield break;
        }

        if (options.IsBrief)
        {
            foreach (var brief in BriefCases())
            {
                yield return brief;
            }

            yield break;
        }

        var patterns = Patterns.All(modalities.Count);
        foreach (var observed in patterns)
        {
            yield return new Case("fixed", observed.Describe(modalities), IsSummary: false, (m, t) => [m.For(observed, t)]);
        }

        var incomplete = Patterns.Incomplete(modalities.Count);
        yield return new Case("fixed", AverageIncomplete, IsSummary: true, (m, t) => [.. incomplete.Select(o => m.For(o, t))]);
        yield return new Case("fixed", AverageAll, IsSummary: true, (m, t) => [.. patterns.Select(o => m.For(o, t))]);
        for (var missing = 1; modalities.Count >= ManyModalities && missing < modalities.Count; missing++)
        {
            var sets = incomplete.Where(p => p.Count == modalities.Count - missing).ToList();
            yield return new Case("fixed", string.Create(CultureInfo.InvariantCulture, $"{AverageMissing}{missing}"), IsSummary: true, (m, t) => [.. sets.Select(o => m.For(o, t))]);
        }
    }

    private IEnumerable<Case> BriefCases()
    {
        var complete = ModalitySet.All(modalities.Count);
        yield return new Case("fixed", complete.Describe(modalities), IsSummary: false, (m, t) => [m.For(complete, t)]);
        List<ModalitySet> incomplete = modalities.Count <= ManyModalities
            ? [.. Patterns.Incomplete(modalities.Count)]
            : [.. complete.Members.Select(m => complete.Without(ModalitySet.Of(m)))];
        if (incomplete.Count > 0)
        {
            yield return new Case("fixed", modalities.Count <= ManyModalities ? AverageIncomplete : AverageMissing + "1", IsSummary: true, (m, t) => [.. incomplete.Select(o => m.For(o, t))]);
        }
    }

    private IEnumerable<Case> RandomCases()
    {
        if (!options.Random)
        {
            yield break;
        }

        var all = new List<Observation[]>();
        foreach (var rate in options.MissingRates.Where(r => RandomMasks.Allows(modalities.Count, r)))
        {
            var masks = Enumerable.Range(1, options.MaskSeeds)
                .Select(seed => RandomMasks.Draw(Count, modalities.Count, rate, (ulong)seed)).ToList();
            all.AddRange(masks);
            yield return new Case("random", ResultRow.CaseOf(rate), IsSummary: true, (m, t) => [.. masks.Select(o => m.For(o, t))]);
        }

        if (options.AverageRates && all.Count > 0)
        {
            yield return new Case("random", AverageRates, IsSummary: true, (m, t) => [.. all.Select(o => m.For(o, t))]);
        }
    }

    private sealed record Case(string Protocol, string Name, bool IsSummary, Func<MethodPredictions, int, IReadOnlyList<float[]>> OfTraining, bool HasGaps = false)
    {
        /// <summary>The optimum is known for whole modalities only.</summary>
        public bool IsKnownTo(MethodPredictions method) => !HasGaps || method.ByRow is not null;


        public IReadOnlyList<IReadOnlyList<float[]>> Predictions(MethodPredictions method) => method.Each(training => OfTraining(method, training));
    }
}
