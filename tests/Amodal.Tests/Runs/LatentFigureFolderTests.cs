using System.Text.Json;
using Amodal.Data;
using Amodal.Diffusion.Sampling;
using Amodal.Evaluation.Distances;
using Amodal.Evaluation.Embedding;
using Amodal.Missingness;
using Amodal.Prediction;
using Amodal.Randomness;
using Amodal.Runs;
using Amodal.Tests.Data;
using Amodal.Tests.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Runs;

public sealed class LatentFigureFolderTests(LatentFigureFolderTests.Trained trained) : IClassFixture<LatentFigureFolderTests.Trained>, IDisposable
{
    private static readonly ModalitySet _observed = ModalitySet.Of(1); // sound; text and face, of other lengths, are recovered

    private static readonly LatentFigureOptions _options = new() { Utterances = 9, Tsne = new() { Iterations = 100, Perplexity = 4 }, Neighbours = 3 };

    private static readonly PanelRequest[] _requests =
    [
        PanelRequest.Of(new SamplerOptions { Kind = SamplerKind.Ddim, Nfe = 2 }, aligned: true),
        PanelRequest.Of(new SamplerOptions { Kind = SamplerKind.Heun, Nfe = 3 }, aligned: true),
        PanelRequest.Of(new SamplerOptions { Kind = SamplerKind.Ddim, Nfe = 2 }, aligned: false),
    ];

    private readonly TemporaryFolder _folder = new();

    private string Folder => Path.Combine(_folder.Name, "figure");

    private TrainedRun Run => trained.Run;

    [Fact]
    public void Its_numbers_are_those_of_the_recovered_latents_themselves()
    {
        using var embedder = Embedder(_options with { Utterances = 12 }); // all there are, so that no choice is to be repeated here
        var figure = new LatentFigureFolder(Folder).Make(embedder, _requests, [], stop: TestContext.Current.CancellationToken);
        Assert.Equal("text and face recovered from sound, 12 utterances", figure.Title);
        Assert.Equal(_requests.Select(r => (r.Label, r.Sampler.Nfe, r.Aligned)), figure.Panels.Select(p => (p.Label, p.Nfe, p.Aligned)));
        Assert.All(figure.Panels, p => Assert.Equal(["text", "face"], p.Modalities.Select(m => m.Name)));
        Assert.All(figure.Panels.SelectMany(p => p.Modalities), m => Assert.Equal((12, 12, 12, 12), (m.Truth.X.Count, m.Truth.Y.Count, m.Recovered.X.Count, m.Recovered.Y.Count)));

        using var scope = NewDisposeScope();
        var (features, latents) = Run.Encode(trained.Data, "test");
        using (features)
        using (latents)
        {
            foreach (var (request, panel) in _requests.Zip(figure.Panels))
            {
                var path = Run.Model.CreatePath((ulong)Run.Options.Seed, request.Sampler);
                var recovered = path.Complete(latents, _observed, stop: TestContext.Current.CancellationToken);
                recovered = request.Aligned ? path.Align(recovered, _observed) : recovered;
                foreach (var (m, index) in new[] { (0, 0), (2, 1) })
                {
                    var expected = LatentDistances.Between(
                        LatentVectors.Of(recovered[m], latents.Valid[m], _options.Point), LatentVectors.Of(latents.Latents[m], latents.Valid[m], _options.Point), 3,
                        new StableRandom(1, StableRandom.KeyOf("directions"), (ulong)m));
                    AssertClose(expected, panel.Modalities[index].Distances);
                }
            }
        }

        // With and without the decoder are two pictures, and two sets of numbers.
        Assert.NotEqual(figure.Panels[0].Modalities[0].Distances, figure.Panels[2].Modalities[0].Distances);
        var numbers = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "latents-from-sound.json"))).RootElement;
        Assert.Equal(figure.Panels[1].Modalities[1].Distances.SlicedWasserstein, numbers.GetProperty("panels")[1].GetProperty("recovered").GetProperty("face").GetProperty("slicedWasserstein").GetDouble());
    }

    [Fact]
    public void Panels_that_are_there_are_not_made_again()
    {
        var folder = new LatentFigureFolder(Folder);
        using var embedder = Embedder(_options);
        var first = folder.Make(embedder, [.. _requests.Take(2)], [], stop: TestContext.Current.CancellationToken);
        var made = new List<string>();
        var second = folder.Make(embedder, _requests, [], (what, _) => made.Add(what), TestContext.Current.CancellationToken);
        Assert.All(made, what => Assert.StartsWith(_requests[2].Label, what, StringComparison.Ordinal));
        Assert.NotEmpty(made);
        Assert.Equal(Text(first.Panels), Text(second.Panels.Take(2)));

        made.Clear();
        _ = folder.Make(embedder, [.. _requests.Select(r => r with { Label = "new" })], [], (what, _) => made.Add(what), TestContext.Current.CancellationToken);
        Assert.Empty(made); // a title is no setting

        var files = Directory.GetFiles(Path.Combine(Folder, "panels"));
        Assert.Equal(3, files.Length);
        File.WriteAllText(files[0], "half a pan");
        var third = folder.Make(embedder, _requests, [], (what, _) => made.Add(what), TestContext.Current.CancellationToken);
        Assert.NotEmpty(made);
        Assert.Equal(Text(second.Panels), Text(third.Panels));
    }

    [Fact]
    public void A_stopped_figure_keeps_what_is_done()
    {
        using var stop = new CancellationTokenSource();
        using var embedder = Embedder(_options);
        var folder = new LatentFigureFolder(Folder);
        Assert.Throws<OperationCanceledException>(() => folder.Make(embedder, _requests, [], (what, _) =>
        {
            if (what.StartsWith("Heun", StringComparison.Ordinal))
            {
                stop.Cancel();
            }
        }, stop.Token));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(Folder, "panels")).Length); // DDIM's two share a recovery and come first
        Assert.Contains("DDIM", File.ReadAllText(Path.Combine(Folder, "report.html")), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(Folder, "latents-from-sound.png")));
    }

    [Fact]
    public void Every_setting_makes_another_panel()
    {
        using var embedder = Embedder(_options);
        var fingerprints = new List<string> { embedder.Fingerprint(_requests[0]), embedder.Fingerprint(_requests[1]), embedder.Fingerprint(_requests[2]) };
        foreach (var options in new[] { _options with { Seed = 2 }, _options with { Utterances = 8 }, _options with { Neighbours = 4 }, _options with { Point = LatentPoint.Steps }, _options with { Tsne = _options.Tsne with { Iterations = 99 } } })
        {
            using var other = Embedder(options);
            fingerprints.Add(other.Fingerprint(_requests[0]));
        }

        using var observed = new LatentEmbedder(Run, trained.Data, "test", ModalitySet.Of(0), _options);
        using var split = new LatentEmbedder(Run, trained.Data, "train", _observed, _options);
        fingerprints.AddRange([observed.Fingerprint(_requests[0]), split.Fingerprint(_requests[0])]);
        Assert.Equal(fingerprints.Count, fingerprints.Distinct().Count());
        Assert.Equal(fingerprints[0], embedder.Fingerprint(_requests[0] with { Label = "another" }));
    }

    [Fact]
    public void Too_few_utterances_for_the_perplexity_are_refused()
    {
        var fault = Assert.Throws<InputException>(() => Embedder(_options with { Tsne = new() { Perplexity = 35 } }));
        Assert.Contains("36 points", fault.Message, StringComparison.Ordinal); // 9 utterances, two modalities, true and recovered
        Assert.Throws<ArgumentException>(() => new LatentEmbedder(Run, trained.Data, "test", ModalitySet.All(3), _options));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Tensors elsewhere in memory are summed in another order: some 1e-7 in each of a few network evaluations.</summary>
    private static void AssertClose(LatentDistances expected, LatentDistances actual)
    {
        foreach (var (a, b) in Values(expected).Zip(Values(actual)))
        {
            Relative.Equal(a, b, Relative.Network, size: 1); // latents are about 1 in size, shares at most that
        }

        static double[] Values(LatentDistances d) =>
            [d.SlicedWasserstein, d.SlicedWassersteinChance, d.Mmd, d.NeighbourOverlap, d.NeighbourOverlapChance, d.NeighbourMixing];
    }

    private static string Text(IEnumerable<LatentPanel> panels) => JsonSerializer.Serialize(panels);

    private LatentEmbedder Embedder(LatentFigureOptions options) => new(Run, trained.Data, "test", _observed, options);

    /// <summary>One run for all tests.</summary>
    public sealed class Trained : IDisposable
    {
        private readonly TinyRun _tiny = TinyRun.Trained(TinyRun.Uneven);

        public Trained() => Run = _tiny.Load();

        public TrainedRun Run { get; }

        public DataSet Data => _tiny.Data;

        public void Dispose()
        {
            Run.Dispose();
            _tiny.Dispose();
        }
    }
}
