using static Amodal.Cli.BenchArguments;
using static Amodal.Cli.NumberText;

namespace Amodal.Cli;

/// <summary>What score networks cost: `amodal bench --networks`.</summary>
internal sealed class NetworkBench
{
    private const int MostConditions = 31;
    private const int MostSteps = 100_000;

    private readonly ListOption _backbone = new("--backbone")
    {
        Description = $"Score networks to measure, comma-separated: {string.Join(", ", OptionNames.All<BackboneKind>())}; all unless given.",
    };

    private readonly Option<int> _length = new("--length") { Description = "Time steps of every latent.", DefaultValueFactory = _ => 48 };
    private readonly Option<int> _conditions = new("--conditions") { Description = "Modalities given to recover one from.", DefaultValueFactory = _ => 2 };
    private readonly Option<string> _device = SharedOptions.Device();

    public IReadOnlyList<Option> Options => [_backbone, _length, _conditions, _device];

    /// <summary>Measures and shows.</summary>
    /// <param name="source">The run, preset or experiment whose sizes to take; the thesis's when null.</param>
    /// <param name="batches">Utterances in an evaluation; the usual ones when null.</param>
    public void Run(
        Terminal terminal, ParseResult parsed, string? source, IReadOnlyList<int>? batches, int repeats, int threads, bool json, CancellationToken stop)
    {
        var options = Sized(source, Kinds(_backbone.Of(parsed)));
        options = options with
        {
            Length = Within("--length", parsed.GetValue(_length), 1, MostSteps),
            Conditions = Within("--conditions", parsed.GetValue(_conditions), 0, MostConditions),
            Batches = batches ?? options.Batches,
            Repeats = repeats,
        };
        var where = SharedOptions.Prepare(parsed.GetValue(_device)!, threads);
        var profiles = terminal.WithProgress(bars =>
        {
            var measured = BackboneProfiler.Measure(options, where, done => bars.Show("networks", done), stop);
            bars.Finish("networks");
            return measured;
        });
        if (json)
        {
            var backbones = profiles.Select(p => new
            {
                backbone = OptionNames.Of(p.Options.Kind),
                p.Parameters,
                p.Flops,
                p.PreparationFlops,
                p.Times,
                p.ParameterBytes,
                p.PeakBytes,
                p.Options,
            });
            terminal.Json(new { backbones });
            return;
        }

        Print(terminal, options, profiles);
    }

    private static BackboneKind[] Kinds(IReadOnlyList<string> names) => names.Count == 0
        ? Enum.GetValues<BackboneKind>()
        : [.. names.Select(name => OptionNames.TryParse<BackboneKind>(name, out var kind) ? kind : throw new InputException(
            "--backbone", null, $"'{name}' is not known; give one of {string.Join(", ", OptionNames.All<BackboneKind>())}."))];

    private static ProfileOptions Sized(string? source, BackboneKind[] kinds)
    {
        if (source is null)
        {
            return new ProfileOptions { Backbones = [.. kinds.Select(BackboneOptions.Thesis)] };
        }

        var experiment = ExperimentFile.Load(BenchSubjects.IsRun(source) ? Path.Combine(source, "config.yaml") : source);
        return new ProfileOptions { Backbones = [.. kinds.Select(k => experiment.Backbone with { Kind = k })], Channels = experiment.Latents.Channels };
    }

    private static void Print(Terminal terminal, ProfileOptions options, IReadOnlyList<BackboneProfile> profiles)
    {
        var table = new Table().Border(TableBorder.Rounded)
            .Title($"one evaluation: {options.Conditions} conditions, {options.Length} steps of {options.Channels} channels")
            .AddColumns("backbone", "parameters", "GFLOP", "of it once");
        foreach (var batch in options.Batches)
        {
            table.AddColumn($"ms, batch {batch}");
        }

        table.AddColumns("parameters, MiB", $"peak growth, MiB, batch {options.Batches.Max()}");
        foreach (var p in profiles)
        {
            table.AddRow([
                OptionNames.Of(p.Options.Kind), p.Parameters.ToString("N0", CultureInfo.InvariantCulture), Number(p.Flops / 1e9, "F3"), Number(p.PreparationFlops / 1e9, "F3"),
                .. p.Times.Select(t => Number(t.Milliseconds, "F1") + (t.GemmShare is { } share ? $" ({Number(100 * share, "F0")} %)" : "")), Number(Mebibytes(p.ParameterBytes), "F1"),
                p.PeakBytes is { } peak ? Number(Mebibytes(peak), "F1") : "-",
            ]);
        }

        terminal.Out.Write(table);
        terminal.Message("Operations are two for each multiply-add, for one utterance; what is done once serves all evaluations, and is not timed; times are medians of runs that take turns, in brackets their share of the rate of a large matrix product that takes its turn, too; peak growth is the process's resident memory.");
    }
}
