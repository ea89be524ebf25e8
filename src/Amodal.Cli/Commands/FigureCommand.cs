using Amodal.Evaluation.Embedding;

namespace Amodal.Cli.Commands;

/// <summary>amodal figure.</summary>
internal static class FigureCommand
{
    public static Command Create(Terminal terminal, CancellationToken stop)
    {
        var run = new Argument<string>("RUN") { Description = "Run directory." };
        var observed = new Option<string>("--observed") { Description = "Observed modalities by name, comma-separated; all others are recovered from them.", Required = true };
        var data = SharedOptions.Data(required: false);
        var split = new Option<string>("--split") { Description = "Split to draw utterances from.", DefaultValueFactory = _ => "test" };
        var samplers = new Option<string>("--samplers")
        {
            Description = $"Panels, as SAMPLER:NFE, comma-separated. Samplers: {string.Join(", ", OptionNames.All<SamplerKind>())}; em and pc for short. "
                + "Unless given, the thesis's for a run that learned scores, the flow samplers for one that learned velocities.",
        };
        var alignment = new Option<string>("--alignment") { Description = "Show recovered latents with the alignment decoder, without it, or both; with it, if the run has one, unless told otherwise." };
        alignment.AcceptOnlyFromAmong("with", "without", "both");
        var point = new Option<string>("--points")
        {
            Description = "What of a latent is a point: its mean over the steps that are not padding, or all steps (padding 0; stricter, but utterances of one length then lie together).",
            DefaultValueFactory = _ => "mean",
        };
        point.AcceptOnlyFromAmong("mean", "steps");
        var utterances = new Option<int>("--utterances") { Description = "Utterances, drawn at random; all if the split has fewer.", DefaultValueFactory = _ => 500 };
        var perplexity = new Option<double>("--perplexity") { Description = "Perplexity of t-SNE.", DefaultValueFactory = _ => 8 };
        var iterations = new Option<int>("--iterations") { Description = "Iterations of t-SNE.", DefaultValueFactory = _ => 5000 };
        var neighbours = new Option<int>("--neighbours") { Description = "Nearest neighbours of the overlap and the mixing.", DefaultValueFactory = _ => 10 };
        var seed = SharedOptions.Seed("Seed of the choice of utterances and of the embedding.", unlessGiven: 1);
        var output = new Option<string>("--out") { Description = "Folder for report.html, the figure as PNG and SVG, and its numbers; panels that are there are not made again.", Required = true };
        var (device, threads, json) = (SharedOptions.Device(), SharedOptions.Threads(), SharedOptions.Json());
        var command = new Command("figure", "Draws recovered beside true latents by t-SNE, of a run that recovers by diffusion: a panel per sampler and budget, with their distances. "
            + "A panel of 500 utterances and two recovered modalities embeds 2,000 points: about 10 seconds of one core for 5,000 iterations, growing with the square of the points; "
            + "recovering them takes as long as `amodal recover` does." + Examples.Of(
            "amodal figure runs/mosi --observed acoustic --samplers em:100,heun:60,ddim:30 --out figures/acoustic"))
        {
            run, observed, data, split, samplers, alignment, point, utterances, perplexity, iterations, neighbours, seed, output, device, threads, json,
        };
        command.SetAction(parsed =>
        {
            var options = new LatentFigureOptions
            {
                Utterances = Within("--utterances", parsed.GetValue(utterances), 3, 5000),
                Point = parsed.GetValue(point) == "steps" ? LatentPoint.Steps : LatentPoint.Mean,
                Tsne = new TsneOptions
                {
                    Perplexity = Within("--perplexity", parsed.GetValue(perplexity), 1, 1000),
                    Iterations = Within("--iterations", parsed.GetValue(iterations), 1, 1_000_000),
                },
                Neighbours = Within("--neighbours", parsed.GetValue(neighbours), 1, 1000),
                Seed = (ulong)parsed.GetValue(seed),
            };
            var torchDevice = SharedOptions.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            using var trained = TrainedRun.Load(parsed.GetValue(run)!, torchDevice);
            var requests = Requests(parsed.GetValue(samplers), parsed.GetValue(alignment), trained);
            var set = Observed(parsed.GetValue(observed)!, trained);
            var dataSet = DataReading.Read(terminal, limits => trained.ReadData(parsed.GetValue(data), limits), stop);
            using var embedder = new LatentEmbedder(trained, dataSet, parsed.GetValue(split)!, set, options);
            var folder = new LatentFigureFolder(parsed.GetValue(output)!);
            var facts = Facts(trained, dataSet, parsed.GetValue(split)!, embedder, options);
            var figure = terminal.WithProgress(bars => folder.Make(embedder, requests, facts, (what, done) => bars.Show("figure", done, what), stop));
            if (parsed.GetValue(json))
            {
                terminal.Json(FigureNumbers.Of(figure));
            }
            else
            {
                Print(terminal, figure);
            }

            terminal.Message($"The figure is in {Path.Combine(parsed.GetValue(output)!, figure.Name)}.png and .svg, the report in {Path.Combine(parsed.GetValue(output)!, ReportWriter.FileName)}.");
        });
        return command;
    }

    private static List<PanelRequest> Requests(string? samplers, string? alignment, TrainedRun run)
    {
        var (model, hasDecoder) = (run.Method, run.Method.HasDecoders);
        if (!hasDecoder && alignment is "with" or "both")
        {
            throw new InputException("--alignment", null, $"is {alignment}, but {run.Directory.Path} has no decoder; leave the option out.");
        }

        var chosen = samplers?.Split(',', StringSplitOptions.TrimEntries).Select(text => Sampler(text, model.Sampler)).ToList()
            ?? [.. PanelRequest.SamplersFor(model).Select(s => model.Sampler with { Kind = s.Kind, Nfe = s.Nfe })];
        bool[] ways = alignment switch { "both" => [true, false], "without" => [false], _ => [hasDecoder] };
        return [.. ways.SelectMany(aligned => chosen.Select(s => PanelRequest.Of(s, aligned, tellsAligned: ways.Length > 1)))];
    }

    /// <summary>"ddim:30": the run's sampler, with this kind and budget.</summary>
    private static SamplerOptions Sampler(string text, SamplerOptions basis)
    {
        var parts = text.Split(':', StringSplitOptions.TrimEntries);
        if (parts.Length != 2 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var nfe))
        {
            throw new InputException("--samplers", null, $"'{text}' is no sampler with its number of network evaluations; give a list such as em:100,ddim:30.");
        }

        var name = parts[0].ToLowerInvariant() switch { "em" => "euler-maruyama", "pc" => "predictor-corrector", var other => other };
        if (!OptionNames.TryParse<SamplerKind>(name, out _))
        {
            throw new InputException("--samplers", null, $"'{parts[0]}' is not known; give one of {string.Join(", ", OptionNames.All<SamplerKind>())}, em or pc.");
        }

        return basis.With(name, nfe);
    }

    private static ModalitySet Observed(string text, TrainedRun run)
    {
        var names = run.Manifest.Modalities.Select(m => m.Name).ToList();
        var set = ModalityNames.Parse(text, names, "--observed");
        return set.Count < names.Count ? set : throw new InputException("--observed", null, $"names all modalities ({text}); at least one must be missing, to be recovered.");
    }

    private static T Within<T>(string option, T value, T low, T high) where T : IComparable<T>, IFormattable =>
        value.CompareTo(low) >= 0 && value.CompareTo(high) <= 0 ? value : throw new InputException(option, null,
            string.Create(CultureInfo.InvariantCulture, $"is {value}; give {low} to {high}."));

    private static List<ReportFact> Facts(TrainedRun run, DataSet data, string split, LatentEmbedder embedder, LatentFigureOptions options) =>
    [
        new("run", Path.GetFileName(run.Directory.Path)),
        new("data", Path.GetFileName(data.Source)),
        new("data digest", data.Digest[..16]),
        new("utterances", string.Create(CultureInfo.InvariantCulture, $"{embedder.Utterances} of the {split} split, seed {options.Seed}")),
        new("points", options.Point == LatentPoint.Steps ? "all steps of a latent, padding 0" : "means of latents over the steps that are not padding"),
        new("t-SNE", string.Create(CultureInfo.InvariantCulture, $"exact, perplexity {options.Tsne.Perplexity}, {options.Tsne.Iterations} iterations")),
        new("neighbours", options.Neighbours.ToString(CultureInfo.InvariantCulture)),
        new("noise seed", run.Options.Seed.ToString(CultureInfo.InvariantCulture)),
    ];

    private static void Print(Terminal terminal, LatentFigure figure)
    {
        var table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape(figure.Title)).AddColumns("panel", "recovered");
        foreach (var heading in new[] { "SW (by chance)", "MMD²", "kNN overlap (by chance)", "mixing", "KL" })
        {
            table.AddColumn(new TableColumn(heading).RightAligned());
        }

        foreach (var (panel, m) in figure.Panels.SelectMany(p => p.Modalities.Select(m => (p, m))))
        {
            var d = m.Distances;
            table.AddRow(Markup.Escape(panel.Label), Markup.Escape(m.Name), $"{Text(d.SlicedWasserstein)} ({Text(d.SlicedWassersteinChance)})", Text(d.Mmd),
                $"{Text(d.NeighbourOverlap)} ({Text(d.NeighbourOverlapChance)})", Text(d.NeighbourMixing), Text(panel.Divergence));
        }

        terminal.Out.Write(table);

        static string Text(double x) => double.IsFinite(x) ? x.ToString("0.000", CultureInfo.InvariantCulture) : "n/a";
    }
}
