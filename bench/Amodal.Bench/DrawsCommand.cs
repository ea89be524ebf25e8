using System.CommandLine;
using System.Globalization;
using Amodal.Cli;
using Amodal.Data;
using Amodal.Diffusion;
using Amodal.Latents;
using Amodal.Methods.LinearFirst;
using Amodal.Missingness;
using Amodal.Runs;
using Amodal.Training;
using Spectre.Console;
using static TorchSharp.torch;

namespace Amodal.Bench;

/// <summary>lab draws.</summary>
internal static class DrawsCommand
{
    public static Command Create(Terminal terminal, CancellationToken stop)
    {
        var data = SharedOptions.Data();
        var set = SharedOptions.Set("Change a setting of linear-first: key=value. May be repeated.");
        var steps = new Option<string>("--steps") { Description = "Optimiser steps of the networks, comma-separated.", DefaultValueFactory = _ => "2000,8000" };
        var evaluations = new Option<string>("--evaluations") { Description = "Network evaluations for a draw, comma-separated.", DefaultValueFactory = _ => "2,4,10,30" };
        var rows = new Option<int>("--rows") { Description = "Test utterances that the energy score is of.", DefaultValueFactory = _ => 1000 };
        var threads = SharedOptions.Threads();
        var json = SharedOptions.Json();
        var command = new Command("draws", "Measures joint draws of what is missing: the Gaussian in closed form, the diffusion that begins at it, and a plain one in equal steps." + Examples.Of(
            "lab draws --data nl.npz --set width=256 --threads 1"))
        {
            data, set, steps, evaluations, rows, threads, json,
        };
        command.SetAction(parsed =>
        {
            var device = SharedOptions.Prepare("cpu", parsed.GetValue(threads));
            var options = ExperimentFile.Load("linear-first", overrides: [.. set.Of(parsed).Select(s => $"linear-first.{s}")]).Methods.Of<LinearFirstOptions>();
            List<int> counts = NumberList.Parse<int>("--evaluations", parsed.GetValue(evaluations)!, n => n is >= 1 and <= 1000, "whole numbers from 1 to 1000");
            using var bench = new DrawBench(DataReading.Read(terminal, parsed.GetValue(data)!, stop), options, device, parsed.GetValue(rows));
            var found = bench.Measure(NumberList.Parse<int>("--steps", parsed.GetValue(steps)!, n => n >= 1, "whole numbers from 1"), counts, terminal.Message, stop);
            if (parsed.GetValue(json))
            {
                terminal.Json(found);
                return;
            }

            var table = new Table().Border(TableBorder.Rounded).Title("denoising loss on validation; energy score of 16 draws by evaluations, a number").AddColumns(["", "steps", "loss", .. counts.Select(Text)]);
            foreach (var row in found)
            {
                table.AddRow([row.Name, Text(row.Steps), Digits(row.Loss), .. row.EnergyScores.Select(Digits)]);
            }

            terminal.Out.Write(table);
        });
        return command;

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

        static string Digits(double number) => number.ToString("0.00000", CultureInfo.InvariantCulture);
    }
}

/// <summary>How good draws are, on average over the incomplete sets.</summary>
/// <param name="Loss">Mean square of what is left of the noise, on the validation split, at levels that are the same for all.</param>
/// <param name="EnergyScores">By evaluations, (E|X - x| - E|X - X'| / 2) / sqrt(d) of d missing numbers, on the test split.</param>
internal sealed record DrawRow(string Name, int Steps, double Loss, IReadOnlyList<double> EnergyScores);

/// <summary>Trains the diffusion of linear-first, and a plain one: the same network, steps, levels and sampler beside a Gaussian that knows the numbers' variances alone.</summary>
internal sealed class DrawBench : IDisposable
{
    private const int Draws = 16;
    private const int PartRows = 100;
    private readonly LinearFirstOptions _options;
    private readonly TrainingData _data;
    private readonly JointGaussian _gaussian;
    private readonly JointGaussian _plain;
    private readonly ResidualRows _rows;
    private readonly IReadOnlyList<Tensor> _test; // by modality (row, numbers)
    private readonly IReadOnlyList<ModalitySet> _sets;
    private readonly (double First, double Last) _levels;

    public DrawBench(DataSet data, LinearFirstOptions options, Device device, int rows)
    {
        using var noGradient = no_grad();
        var standardiser = Standardiser.Fit(data["train"]);
        (_options, _data, _sets) = (options, new TrainingData(data, standardiser, device), Patterns.Incomplete(data.Modalities.Count));
        (_gaussian, _plain) = (new JointGaussian(data.Modalities, options.Components), new JointGaussian(data.Modalities, options.Components));
        _gaussian.Fit(_data.TrainFeatures.Values, _data.ValidFeatures.Values, Presence.OfAll([data["train"]]));
        _ = _plain.load_state_dict(_gaussian.state_dict());
        using var variances = _gaussian.get_buffer("covariance")!.diagonal().diag();
        _plain.get_buffer("covariance")!.copy_(variances);
        _rows = new ResidualRows(_gaussian, _data);
        using var test = FeatureTensors.From(data["test"].Select("test", [.. Enumerable.Range(0, Math.Min(rows, data["test"].Count))]), standardiser, device);
        _test = [.. test.Values.Select((x, m) => _gaussian.Encode(m, x))];
        var scores = _sets.Select(set => new GaussianScore(_gaussian, set)).ToList();
        _levels = (scores.Max(s => s.FirstLevel), scores.Average(s => s.LastLevel));
    }

    public IReadOnlyList<DrawRow> Measure(IReadOnlyList<int> steps, IReadOnlyList<int> evaluations, Action<string> progress, CancellationToken stop) =>
    [
        Train("Gaussian", _gaussian, 0, evaluations, progress, stop),
        .. steps.SelectMany(count => new[] { Train("plain network", _plain, count, evaluations, progress, stop), Train("Gaussian first", _gaussian, count, evaluations, progress, stop) }),
    ];

    public void Dispose()
    {
        _rows.Dispose();
        _data.Dispose();
        _gaussian.Dispose();
        _plain.Dispose();
        _test.ToList().ForEach(x => x.Dispose());
    }

    private DrawRow Train(string name, JointGaussian gaussian, int steps, IReadOnlyList<int> evaluations, Action<string> progress, CancellationToken stop)
    {
        Stage.SeedTorch(1);
        using var diffusion = new GaussianDiffusion(gaussian, _options with { Steps = Math.Max(1, steps) }, _levels, _gaussian);
        diffusion.Scale(diffusion.Network);
        using var stage = new DiffusionStage("draws", 1, diffusion, _rows, _sets);
        if (steps > 0)
        {
            var folder = Directory.CreateTempSubdirectory("amodal-draws-");
            try
            {
                _ = new StageRunner(new RunDirectory(folder.FullName), progress: null, tensorBoard: false).Run(stage, stop);
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }

        diffusion.Network.Gate(steps > 0 ? 1 : 0);
        var row = new DrawRow(name, steps, stage.Validate(steps > 0 ? diffusion.Network : null, stop), [.. evaluations.Select(count => EnergyScore(diffusion, gaussian, count, stop))]);
        progress($"{name}, {steps} steps: {row.Loss:0.00000}, {string.Join(", ", row.EnergyScores.Select(e => e.ToString("0.00000", CultureInfo.InvariantCulture)))}");
        return row;
    }

    private double EnergyScore(GaussianDiffusion diffusion, JointGaussian gaussian, int evaluations, CancellationToken stop)
    {
        using var noGradient = no_grad();
        return _sets.Average(observed =>
        {
            using var noise = new TorchNoise(9);
            var missing = ModalitySet.All(gaussian.Sizes.Count).Without(observed).Members.Sum(m => gaussian.Sizes[m]);
            var count = (int)_test[0].shape[0];
            return Enumerable.Range(0, (count + PartRows - 1) / PartRows).Sum(part =>
            {
                stop.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                List<Tensor> x = [.. _test.Select(t => t.narrow(0, part * PartRows, Math.Min(PartRows, count - (part * PartRows))))];
                var drawn = diffusion.Draw(gaussian.Fill(x, observed).repeat_interleave(Draws, 0), observed, noise, evaluations).view(-1, Draws, gaussian.Numbers);
                var between = cdist(drawn, drawn).sum() / (Draws * (Draws - 1));
                return ((drawn - cat(x, 1).unsqueeze(1)).norm(2).sum() / Draws - (between / 2)).item<float>();
            }) / (count * Math.Sqrt(missing));
        });
    }
}
