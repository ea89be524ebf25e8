using System.CommandLine;
using System.Globalization;
using Amodal.Configuration;
using Amodal.Diffusion.Networks;
using Amodal.Training;
using Spectre.Console;
using static Amodal.Cli.NumberText;

namespace Amodal.Cli.Commands;

/// <summary>amodal profile.</summary>
internal static class ProfileCommand
{
    private const int MostConditions = 31;
    private const int MostSteps = 100_000;

    public static Command Create(Terminal terminal, CancellationToken stop)
    {
        var backbone = new ListOption("--backbone")
        {
            Description = $"Backbones to measure: {string.Join(", ", OptionNames.All<BackboneKind>())}; all unless given. May be repeated.",
        };
        var length = new Option<int>("--length") { Description = "Time steps of every latent.", DefaultValueFactory = _ => 48 };
        var conditions = new Option<int>("--conditions") { Description = "Modalities given to recover one from.", DefaultValueFactory = _ => 2 };
        var repeats = new Option<int>("--repeats") { Description = "Timed runs, of which the median is shown.", DefaultValueFactory = _ => 15 };
        var config = new Option<string>("--config") { Description = "Experiment, a preset's name or a YAML file, whose backbone sizes and latent channels to take instead of the thesis's." };
        var (device, threads, json) = (SharedOptions.Device(), SharedOptions.Threads(), SharedOptions.Json());
        var command = new Command("profile", "Measures what the score networks cost, side by side." + Examples.Of(
            "amodal profile", "amodal profile --backbone unet score-transformer1d --config cpu-quality"))
        {
            backbone, length, conditions, repeats, config, device, threads, json,
        };
        command.SetAction(parsed =>
        {
            var options = Sized(parsed.GetValue(config), Kinds(parsed.GetValue(backbone) ?? [])) with
            {
                Length = Within("--length", parsed.GetValue(length), 1, MostSteps),
                Conditions = Within("--conditions", parsed.GetValue(conditions), 0, MostConditions),
                Repeats = Within("--repeats", parsed.GetValue(repeats), 1, MostSteps),
            };
            var where = SharedOptions.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            var profiles = terminal.WithProgress(bars =>
            {
                var measured = BackboneProfiler.Measure(options, where, done => bars.Show("profile", done), stop);
                bars.Finish("profile");
                return measured;
            });
            if (parsed.GetValue(json))
            {
                terminal.Json(profiles.Select(p => new
                {
                    backbone = OptionNames.Of(p.Options.Kind),
                    p.Parameters,
                    p.Flops,
                    p.PreparationFlops,
                    p.Times,
                    p.ParameterBytes,
                    p.PeakBytes,
                    p.Options,
                }));
                return;
            }

            Print(terminal, options, profiles);
        });
        return command;
    }

    private static BackboneKind[] Kinds(string[] names) => names.Length == 0
        ? Enum.GetValues<BackboneKind>()
        : [.. names.Select(name => OptionNames.TryParse<BackboneKind>(name, out var kind) ? kind : throw new InputException(
            "--backbone", null, $"'{name}' is not known; give one of {string.Join(", ", OptionNames.All<BackboneKind>())}."))];

    private static ProfileOptions Sized(string? config, BackboneKind[] kinds)
    {
        if (config is null)
        {
            return new ProfileOptions { Backbones = [.. kinds.Select(BackboneOptions.Thesis)] };
        }

        var experiment = ExperimentFile.Load(config);
        return new ProfileOptions { Backbones = [.. kinds.Select(k => experiment.Backbone with { Kind = k })], Channels = experiment.Latents.Channels };
    }

    private static int Within(string option, int value, int least, int most) => value >= least && value <= most
        ? value
        : throw new InputException(option, null, $"is {value}; give {least} to {most}.");

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
