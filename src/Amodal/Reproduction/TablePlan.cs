using System.Globalization;
using Amodal.Configuration;
using Amodal.Data;
using Amodal.Diffusion.Sampling;
using Amodal.Evaluation;
using Amodal.Runs;
using Amodal.Targets;
using Amodal.Training;

namespace Amodal.Reproduction;

/// <summary>A table with every row's settings resolved and checked.</summary>
public sealed class TablePlan
{
    /// <summary>The name that runs have in their own configuration: what a row is called must not make it another run.</summary>
    private const string RunName = "reproduce";

    /// <summary>Rows that every table has of itself.</summary>
    private static readonly string[] _taken = [.. BaselineNames.All, BaselineNames.Optimum];

    private TablePlan(string name, TableOptions table, bool isFast, IReadOnlyList<PlannedRow> rows) =>
        (Name, Table, IsFast, Rows) = (name, table, isFast, rows);

    /// <summary>The table's name, such as "6.1".</summary>
    public string Name { get; }

    /// <summary>Its declaration.</summary>
    public TableOptions Table { get; }

    /// <summary>Whether it is the fast variant.</summary>
    public bool IsFast { get; }

    /// <summary>The rows, in the file's order.</summary>
    public IReadOnlyList<PlannedRow> Rows { get; }

    /// <summary>The metrics' names.</summary>
    public IReadOnlyList<string> Metrics => Listed(Table.Metrics);

    /// <summary>The cases, in the thesis's words.</summary>
    public IReadOnlyList<string> Cases => Listed(Table.Cases);

    /// <summary>The thesis's tables.</summary>
    public IReadOnlyList<string> ThesisTables => Listed(Table.Thesis);

    /// <summary>The different trainings, each once, without the folds and training seeds.</summary>
    public IReadOnlyList<ExperimentOptions> Runs => Table.Kind == TableKind.Efficiency ? [] : [.. Rows.Select(r => r.Run).OfType<ExperimentOptions>().Distinct()];

    /// <summary>Loads a table.</summary>
    /// <param name="name">A name of <see cref="Catalogue.Tables"/>, or the path of a YAML file.</param>
    /// <param name="isFast">Whether the fast variant is wanted.</param>
    /// <param name="overrides">Settings "key=value" put over every row's.</param>
    /// <exception cref="InputException">There is no such table, or faults of its file, with their lines.</exception>
    public static TablePlan Load(string name, bool isFast = false, IReadOnlyList<string>? overrides = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        var isFile = name.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".yml", StringComparison.OrdinalIgnoreCase);
        var table = isFile ? YamlOptions.Read<TableOptions>(name, rules: Rules) : YamlOptions.Parse<TableOptions>(Catalogue.Table(name), $"{name}.yaml", [], Rules);
        return Create(isFile ? Path.GetFileNameWithoutExtension(name) : name, isFile ? name : $"{name}.yaml", table, isFast, overrides ?? []);
    }

    /// <summary>Reads a table from its text.</summary>
    /// <inheritdoc cref="Load"/>
    internal static TablePlan Parse(string name, string text, bool isFast = false, IReadOnlyList<string>? overrides = null) =>
        Create(name, $"{name}.yaml", YamlOptions.Parse<TableOptions>(text, $"{name}.yaml", [], Rules), isFast, overrides ?? []);

    /// <summary>What the protocols cover.</summary>
    /// <param name="maskSeeds">Mask draws per missing rate.</param>
    public EvaluationOptions Evaluation(int maskSeeds) => new()
    {
        Fixed = Table.Protocol != TableProtocols.Random,
        Random = Table.Protocol != TableProtocols.Fixed,
        MissingRates = [.. Listed(Table.MissingRates).Select(r => double.Parse(r, CultureInfo.InvariantCulture))],
        AverageRates = true,
        MaskSeeds = maskSeeds,
    };

    /// <summary>The table without the rows that cannot be made on data of these modalities.</summary>
    /// <param name="modalities">The data's.</param>
    /// <param name="notes">Which rows, and why.</param>
    internal TablePlan For(IReadOnlyList<Modality> modalities, out IReadOnlyList<string> notes)
    {
        var misfits = Rows.Where(r => r.Run is not null).Select(r => (Row: r, Why: RunMethod.Misfit(r.Run!, modalities))).Where(r => r.Why is not null).ToList();
        notes = [.. misfits.GroupBy(m => m.Why).Select(g => $"Left out: {string.Join("; ", g.Select(m => m.Row.Label))} ({g.Key}).")];
        return new TablePlan(Name, Table, IsFast, [.. Rows.Except(misfits.Select(m => m.Row))]);
    }

    private static TablePlan Create(string name, string origin, TableOptions table, bool isFast, IReadOnlyList<string> overrides)
    {
        var preset = isFast ? table.Fast.Base : table.Base;
        if (!Presets.Has(preset))
        {
            throw new InputException(origin, isFast ? "fast.base" : "base", $"'{preset}' is no preset; give one of {string.Join(", ", Presets.Names)}.");
        }

        var start = ExperimentFile.Preset(preset) with { Name = RunName };
        return new TablePlan(name, table, isFast, [.. table.Rows.Select(r => Plan(r.Key, r.Value, table, start, origin, isFast, overrides))]);
    }

    private static PlannedRow Plan(
        string label, TableRowOptions row, TableOptions table, ExperimentOptions start, string origin, bool isFast, IReadOnlyList<string> overrides)
    {
        if (row.ThesisOnly)
        {
            return new PlannedRow(label, row.Thesis, null, null);
        }

        SettingGroup[] settings = [table.Settings, row.Settings, .. isFast ? [table.Fast.Settings] : Array.Empty<SettingGroup>()];
        var run = RunMethod.Essence(YamlOptions.Apply(start, settings, origin, overrides, ExperimentRules.Check));
        var sampler = YamlOptions.Apply(RunMethod.Sampler(run), [row.Sampler], origin);
        if (table.Stage2 == Stage2Use.PerSampler)
        {
            run = RunMethod.WithSampler(run, sampler);
        }

        if (sampler.Nfe < SamplingPlan.LeastNfe(sampler))
        {
            throw new InputException(origin, $"rows.{label}", $"nfe {sampler.Nfe} does not pay for one step of {OptionNames.Of(sampler.Kind)}.");
        }

        return new PlannedRow(label, row.Thesis, run, sampler) { IsAligned = row.Aligned };
    }

    private static IEnumerable<OptionFault> Rules(TableOptions table)
    {
        var known = Target.Score.Metrics.Select(m => m.Name).ToList();
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

    private static IReadOnlyList<string> Listed(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
