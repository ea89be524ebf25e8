namespace Amodal.Experiments;

/// <summary>A row with everything decided.</summary>
/// <param name="Thesis">The method's name in the thesis's data; empty for none.</param>
/// <param name="Run">What is trained; null where only the thesis's numbers are shown.</param>
/// <param name="Sampler">What it is evaluated with; null as <paramref name="Run"/>, and where nothing is sampled.</param>
internal sealed record PlannedRow(string Label, string Thesis, ExperimentOptions? Run, SamplerOptions? Sampler)
{
    /// <summary>Figures: whether recovered latents pass the alignment decoder.</summary>
    public bool IsAligned { get; init; } = true;

    /// <summary>The same for rows whose training is the same, data and circumstances aside; empty where nothing is trained.</summary>
    public string Training { get; } = Run is null ? "" : Key.OfRun(Run, "", "");

    /// <summary>What can be said of its method before it is trained.</summary>
    public MethodOutlook Outlook => MethodCatalogue.Of(Run!.Method).Outlook;
}

/// <summary>A declaration with every row's settings resolved and checked.</summary>
internal sealed class Plan
{
    /// <summary>The name that runs have in their own configuration: what a row is called must not make it another run.</summary>
    private const string RunName = "experiment";

    /// <summary>The declaration of the leaderboard.</summary>
    private const string Leaderboard = "leaderboard";

    private const string Published = "as-published";

    /// <summary>Rows that every table has of itself.</summary>
    private static readonly string[] _taken = [.. BaselineNames.All, .. BaselineNames.Rivals, BaselineNames.Optimum];

    private Plan(string name, Declaration table, bool isFast, IReadOnlyList<PlannedRow> rows) => (Name, Table, IsFast, Rows) = (name, table, isFast, rows);

    /// <summary>Its name, such as "6.1".</summary>
    public string Name { get; }

    public Declaration Table { get; }

    /// <summary>Whether it is the fast variant.</summary>
    public bool IsFast { get; }

    /// <summary>The rows, in the file's order.</summary>
    public IReadOnlyList<PlannedRow> Rows { get; }

    /// <summary>The rows that are measured here.</summary>
    public IReadOnlyList<PlannedRow> Own => [.. Rows.Where(r => r.Run is not null)];

    /// <summary>Those that sample what is missing.</summary>
    public IReadOnlyList<PlannedRow> Sampled => [.. Own.Where(r => r.Sampler is not null)];

    /// <summary>The metrics' names.</summary>
    public IReadOnlyList<string> Metrics => Listed(Table.Metrics);

    /// <summary>The cases, in the thesis's words.</summary>
    public IReadOnlyList<string> Cases => Listed(Table.Cases);

    /// <summary>The thesis's tables.</summary>
    public IReadOnlyList<string> ThesisTables => Listed(Table.Thesis);

    /// <summary>The missing rates that have a model of their own, none where one serves all.</summary>
    public IReadOnlyList<double> PublishedRates => Table.Kind == ExperimentKind.AsPublished ? [.. Rates.Where(r => r > 0)] : [];

    private IEnumerable<double> Rates => Listed(Table.MissingRates).Select(r => double.Parse(r, CultureInfo.InvariantCulture));

    /// <summary>The different trainings, each once, without the folds and training seeds.</summary>
    public IReadOnlyList<ExperimentOptions> Runs => Table.Kind == ExperimentKind.Efficiency ? [] : [.. Own.DistinctBy(r => r.Training).Select(r => r.Run!)];

    /// <summary>What is evaluated: the rows whose run or sampler differ.</summary>
    public IReadOnlyList<PlannedRow> Evaluations => Runs.Count == 0 ? [] : [.. Own.DistinctBy(r => (r.Training, r.Sampler))];

    /// <summary>The stages that are trained, each once for all runs that share it, for one data file and one training seed.</summary>
    public IReadOnlyList<(string Stage, ExperimentOptions Run)> Stages =>
        [.. Runs.SelectMany(r => StageKeys.Of(r).Select(s => (s.Key, s.Value, Run: r))).DistinctBy(s => (s.Key, s.Value)).Select(s => (s.Key, s.Run))];

    /// <summary>Loads a declaration.</summary>
    /// <param name="name">A name of <see cref="Library.Names"/>, or the path of a YAML file.</param>
    /// <param name="overrides">Settings "key=value" put over every row's.</param>
    public static Plan Load(string name, bool isFast = false, IReadOnlyList<string>? overrides = null)
    {
        var isFile = name.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".yml", StringComparison.OrdinalIgnoreCase);
        return isFile ? Create(Path.GetFileNameWithoutExtension(name), name, Over(YamlOptions.ReadText(name), name), isFast, overrides ?? [])
            : Parse(name, Library.Text(name), isFast, overrides);
    }

    /// <summary>Reads a declaration from its text.</summary>
    /// <inheritdoc cref="Load"/>
    public static Plan Parse(string name, string text, bool isFast = false, IReadOnlyList<string>? overrides = null) =>
        Create(name, $"{name}.yaml", Over(text, $"{name}.yaml"), isFast, overrides ?? []);

    /// <summary>The leaderboard of some methods.</summary>
    /// <param name="methods">Names of presets, each a row; null for all that are declared, and every method.</param>
    /// <param name="missingRates">Of the random protocol; null for the declared ones.</param>
    /// <exception cref="InputException">A name is no preset's, or none is left beside baselines, which have rows in any case.</exception>
    public static Plan Compare(
        IReadOnlyList<string>? methods, Protocols protocol, IReadOnlyList<double>? missingRates, bool isFast = false, IReadOnlyList<string>? overrides = null, bool asPublished = false)
    {
        var table = Over(Library.Text(Leaderboard), $"{Leaderboard}.yaml") with { Protocol = protocol };
        if (asPublished)
        {
            table = table with { Kind = ExperimentKind.AsPublished, Title = "Methods as published, a model for each missing rate that is selected on the test split" };
        }

        if (missingRates is not null)
        {
            table = table with { MissingRates = Text(missingRates) };
        }

        if (methods is not null)
        {
            List<string> trained = [.. methods.Where(m => !IsTaken(m)).Distinct()];
            if (trained.Count == 0)
            {
                throw new InputException("--methods", string.Join(",", methods), "are rows of every comparison, and nothing that is trained for it is beside them; name a method, or all.");
            }

            foreach (var name in trained.Where(name => !Presets.Has(name)))
            {
                throw new InputException("--methods", name, $"is no preset. {(NearestName.Of(name, Presets.Names) is { } near ? $"Did you mean '{near}'? " : "")}amodal presets lists them; all takes every method.");
            }

            table = table with { EveryMethod = false, Rows = trained.ToDictionary(name => name, name => new RowDeclaration { Base = name }) };
        }

        return Create(asPublished ? Published : Leaderboard, $"{Leaderboard}.yaml", table, isFast, overrides ?? []);
    }

    /// <summary>The table with every method trained and selected for one missing rate alone.</summary>
    public Plan At(double missingRate) =>
        new(Name, Table, IsFast, [.. Own.Select(r => new PlannedRow(r.Label, r.Thesis, r.Run! with { MissingRate = missingRate }, r.Sampler))]);

    /// <summary>What the protocols cover.</summary>
    /// <param name="maskSeeds">Mask draws per missing rate.</param>
    public EvaluationOptions Evaluation(int maskSeeds) => new()
    {
        Fixed = Table.Protocol != Protocols.Random,
        Random = Table.Protocol != Protocols.Fixed,
        MissingRates = [.. Rates],
        AverageRates = true,
        MaskSeeds = maskSeeds,
        Samples = Table.Samples,
    };

    /// <summary>The table without the rows that cannot be made on data of these modalities, in metrics that its labels have.</summary>
    /// <param name="modalities">The data's.</param>
    public Plan For(IReadOnlyList<Modality> modalities, Target target, out IReadOnlyList<string> notes)
    {
        List<string> known = [.. target.Metrics.Select(m => m.Name)];
        List<string> metrics = [.. Metrics.Where(known.Contains)];
        var table = Table with
        {
            Metrics = string.Join(", ", metrics.Count > 0 ? metrics : Metric.Used(known, MetricUse.Table)),
            MissingRates = Text(Rates.Where(rate => RandomMasks.Allows(modalities.Count, rate))),
        };
        var misfits = Misfits(modalities, target);
        notes = [.. misfits.GroupBy(m => m.Why).Select(g => $"Left out: {string.Join("; ", g.Select(m => m.Row.Label))} ({g.Key}).")];
        return new Plan(Name, table, IsFast, [.. Rows.Except(misfits.Select(m => m.Row))]);
    }

    /// <summary>The rows that cannot be made on such data, and why.</summary>
    public IReadOnlyList<(PlannedRow Row, string Why)> Misfits(IReadOnlyList<Modality> modalities, Target target) =>
        [.. Own.Select(r => (Row: r, Why: r.Outlook.Misfit(r.Run!, modalities) ?? Refusal(r.Run!, modalities, target))).Where(r => r.Why is not null).Select(r => (r.Row, r.Why!))];

    /// <summary>Why a method refuses this target or these modalities; null where it takes them.</summary>
    private static string? Refusal(ExperimentOptions run, IReadOnlyList<Modality> modalities, Target target)
    {
        try
        {
            MethodCatalogue.Of(run.Method).Create(modalities, target, run).Dispose();
            return null;
        }
        catch (InputException e)
        {
            var problem = e.Message[(e.Origin.Length + 2)..]; // without what was asked, which the row says
            return (e.Place is { } place ? problem[(place.Length + 2)..] : problem).TrimEnd('.');
        }
    }

    /// <summary>A declaration over the one that it is like, that over its own, and so on.</summary>
    private static Declaration Over(string text, string origin)
    {
        var (texts, names) = (new List<(string Text, string Origin)> { (text, origin) }, new HashSet<string>());
        while (YamlOptions.Group(texts[^1].Text, texts[^1].Origin).Scalar("like") is { Length: > 0 } like)
        {
            texts.Add(names.Add(like) ? (Library.Text(like), $"{like}.yaml")
                : throw new InputException(origin, "like", $"leads from '{like}' to itself; a declaration is like another one."));
        }

        return texts.AsEnumerable().Reverse().Aggregate(new Declaration(), (table, t) => YamlOptions.Apply(table, [YamlOptions.Group(t.Text, t.Origin)], t.Origin, rules: Rules));
    }

    private static Plan Create(string name, string origin, Declaration table, bool isFast, IReadOnlyList<string> overrides)
    {
        Variant? variant = !isFast ? null : table.Fast.Base.Length > 0 || !table.Fast.Settings.IsEmpty ? table.Fast : Library.Fast;
        var others = table.EveryMethod ? MethodCatalogue.All.Where(m => m.Purpose is not null && !table.Rows.ContainsKey(m.Name)) : [];
        return new Plan(name, table, isFast,
            [.. table.Rows.Concat(others.Select(m => KeyValuePair.Create(m.Name, new RowDeclaration { Base = m.Name }))).Select(r => Row(r.Key, r.Value, table, variant, origin, overrides))]);
    }

    private static PlannedRow Row(string label, RowDeclaration row, Declaration table, Variant? variant, string origin, IReadOnlyList<string> overrides)
    {
        if (row.ThesisOnly)
        {
            return new PlannedRow(label, row.Thesis, null, null);
        }

        var start = Preset(row.Base.Length > 0 ? row.Base : table.Base, row.Base.Length > 0 ? $"rows.{label}.base" : "base", variant, origin);
        SettingGroup[] settings = [table.Settings, row.Settings, .. variant is null ? [] : (SettingGroup[])[variant.Settings]];
        var planned = new PlannedRow(label, row.Thesis, YamlOptions.Apply(start, settings, origin, overrides, MethodCatalogue.Check), null) { IsAligned = row.Aligned };
        if (planned.Outlook.Sampler(planned.Run!) is not { } own)
        {
            return row.Sampler.IsEmpty ? planned : throw new InputException(origin, $"rows.{label}.sampler", $"is given, but the method {planned.Run!.Method} samples nothing.");
        }

        var sampler = YamlOptions.Apply(own, [row.Sampler], origin);
        if (sampler.Nfe < SamplingPlan.LeastNfe(sampler))
        {
            throw new InputException(origin, $"rows.{label}", $"nfe {sampler.Nfe} does not pay for one step of {OptionNames.Of(sampler.Kind)}.");
        }

        var run = table.Stage2 == Stage2Use.PerSampler ? planned.Outlook.With(planned.Run!, sampler) : planned.Run;
        return new PlannedRow(label, row.Thesis, run, sampler) { IsAligned = row.Aligned };
    }

    private static ExperimentOptions Preset(string name, string key, Variant? variant, string origin)
    {
        var preset = variant switch
        {
            null => name,
            { Base.Length: > 0 } => variant.Base,
            _ => Small(name) ?? name,
        };
        return Presets.Has(preset) ? ExperimentFile.Preset(preset) with { Name = RunName }
            : throw new InputException(origin, preset == name ? key : "fast.base", $"'{preset}' is no preset; give one of {string.Join(", ", Presets.Names)}.");
    }

    /// <summary>The preset with small networks, if there is one of the same method: that of two-stage-quality is cpu-quality.</summary>
    private static string? Small(string preset)
    {
        var small = $"cpu-{preset.Replace("two-stage-", "", StringComparison.Ordinal)}";
        return Presets.Has(small) && Presets.Has(preset) && ExperimentFile.Preset(small).Method == ExperimentFile.Preset(preset).Method ? small : null;
    }

    private static IEnumerable<OptionFault> Rules(Declaration table)
    {
        var known = ScoreTarget.All.Concat(ClassTarget.All).Select(m => m.Name).ToList();
        foreach (var metric in Listed(table.Metrics).Where(m => !known.Contains(m)))
        {
            yield return new OptionFault(["metrics"], $"'{metric}' is no metric; give some of {string.Join(", ", known)}.");
        }

        foreach (var rate in Listed(table.MissingRates).Where(r => !double.TryParse(r, CultureInfo.InvariantCulture, out var x) || x is not (>= 0 and < 1)))
        {
            yield return new OptionFault(["missingRates"], $"'{rate}' is no missing rate; give numbers from 0 to under 1.");
        }

        if (table.Rows.Count == 0)
        {
            yield return new OptionFault(["rows"], "there are none; a table has at least one.");
        }

        if (table.Reference.Length > 0 && !table.Rows.ContainsKey(table.Reference))
        {
            yield return new OptionFault(["reference"], $"'{table.Reference}' is no row; give one of {string.Join(", ", table.Rows.Keys)}.");
        }

        foreach (var label in table.Rows.Keys.Where(IsTaken))
        {
            yield return new OptionFault([$"rows.{label}"], $"has the name of a baseline or of the optimum, which stand in the table, too; give the row another than {string.Join(", ", _taken)}.");
        }

        foreach (var row in table.Rows.Where(r => r.Value.ThesisOnly && (!r.Value.Settings.IsEmpty || !r.Value.Sampler.IsEmpty)))
        {
            yield return new OptionFault([$"rows.{row.Key}"], "shows the thesis's numbers only, and settings would have no effect; remove them or thesisOnly.");
        }
    }

    private static bool IsTaken(string label) => BaselineNames.Of(label) is not null || _taken.Any(t => label.Equals(t, StringComparison.OrdinalIgnoreCase));

    private static string Text(IEnumerable<double> rates) => string.Join(", ", rates.Select(r => r.ToString("R", CultureInfo.InvariantCulture)));

    private static IReadOnlyList<string> Listed(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
