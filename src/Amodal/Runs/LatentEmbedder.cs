using System.Security.Cryptography;
using System.Text.Json;

namespace Amodal.Runs;

/// <summary>
/// Recovers missing latents of a trained run in several ways and embeds each way's beside the true ones, of the same
/// utterances, from the same noise, with the same start. Owns the encoded utterances, not the run.
/// </summary>
internal sealed class LatentEmbedder : IDisposable
{
    private readonly TrainedRun _run;
    private readonly ModalitySet _observed;
    private readonly LatentFigureOptions _options;
    private readonly LatentStore _latents;
    private readonly IReadOnlyList<(int Modality, PointCloud Points)> _truth;
    private readonly string _fingerprint;

    /// <summary>Chooses the utterances and encodes them.</summary>
    /// <param name="observed">What is observed; at least one modality, and not all.</param>
    public LatentEmbedder(TrainedRun run, DataSet data, string split, ModalitySet observed, LatentFigureOptions options)
    {
        (_run, _observed, _options) = (run, observed, options);
        Names = [.. run.Manifest.Modalities.Select(m => m.Name)];
        Missing = ModalitySet.All(Names.Count).Without(observed);
        if (observed.IsEmpty || Missing.IsEmpty)
        {
            throw new ArgumentException("at least one modality must be observed, and at least one missing", nameof(observed));
        }

        var rows = Choose(data[split].Count);
        CheckPerplexity(rows.Length, split);
        var (features, latents) = run.Encode(data, split);
        using (features)
        using (latents)
        {
            _latents = latents.Select(rows);
        }

        _truth = [.. Missing.Members.Select(m => (m, LatentVectors.Of(_latents.Latents[m], _latents.Valid[m], options.Point)))];
        _fingerprint = string.Join('\n', RunDigest(run), data.Digest, split, observed.Bits, JsonSerializer.Serialize(options));
    }

    /// <summary>The names of all modalities.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>What is recovered.</summary>
    public ModalitySet Missing { get; }

    /// <summary>Utterances shown.</summary>
    public int Utterances => _latents.Count;

    /// <summary>What a figure of these panels is called.</summary>
    public string Title => $"{string.Join(" and ", Missing.Members.Select(m => Names[m]))} recovered from {string.Join(" and ", _observed.Members.Select(m => Names[m]))}, {Utterances} utterances";

    public string FileName => "latents-from-" + string.Concat(_observed.Describe(Names).ToLowerInvariant().Take(60).Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));

    /// <summary>Tells panels apart: it changes with the run's weights, the data, and every setting but the label.</summary>
    public string Fingerprint(PanelRequest request)
    {
        var text = $"{_fingerprint}\n{JsonSerializer.Serialize(request.Sampler)}\n{request.Aligned}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>Recovers once, and makes every panel that shows it.</summary>
    public IEnumerable<LatentPanel> Embed(IReadOnlyList<PanelRequest> requests, Action<string, double>? progress = null, CancellationToken stop = default)
    {
        var sampler = requests[0].Sampler;
        if (requests.Any(r => r.Sampler != sampler))
        {
            throw new ArgumentException("panels of several samplers do not share their recoveries", nameof(requests));
        }

        // Half of the bar for the recovery, half for the embeddings: which takes longer depends on the networks.
        var recovered = Recover(sampler, [.. requests.Select(r => r.Aligned)], share => progress?.Invoke($"{requests[0].Label}: recovering", share / 2), stop);
        for (var i = 0; i < requests.Count; i++)
        {
            var (request, index) = (requests[i], i);
            yield return Panel(request, recovered[i], share => progress?.Invoke($"{request.Label}: embedding", 0.5 + ((index + share) / (2 * requests.Count))), stop);
        }
    }

    public void Dispose() => _latents.Dispose();

    private LatentPanel Panel(PanelRequest request, IReadOnlyList<PointCloud> recovered, Action<double> progress, CancellationToken stop)
    {
        // True and recovered in turn, modality by modality: the order tells which point is which.
        var all = PointCloud.Join([.. _truth.SelectMany((t, i) => new[] { t.Points, recovered[i] })]);
        var embedding = Tsne.Embed(all, _options.Tsne, new StableRandom(_options.Seed, StableRandom.KeyOf("t-sne")), progress, stop);
        var modalities = _truth.Select((t, i) => new PanelModality(
            Names[t.Modality],
            LatentDistances.Between(recovered[i], t.Points, _options.Neighbours, new StableRandom(_options.Seed, StableRandom.KeyOf("directions"), (ulong)t.Modality)),
            Part(embedding, 2 * i),
            Part(embedding, (2 * i) + 1))).ToList();
        return new LatentPanel(
            request.Label, OptionNames.Of(request.Sampler.Kind), SamplingPlan.Create(request.Sampler).Nfe, request.Aligned, embedding.Divergences[^1], modalities);
    }

    private PlanePoints Part(TsneEmbedding embedding, int part) => new(
        embedding.X[(part * Utterances)..((part + 1) * Utterances)], embedding.Y[(part * Utterances)..((part + 1) * Utterances)]);

    /// <summary>The missing modalities' latents as points, once for every wish to have them aligned or not.</summary>
    private List<IReadOnlyList<PointCloud>> Recover(SamplerOptions sampler, IReadOnlyList<bool> aligned, Action<double> progress, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        var path = _run.Method.CreatePath((ulong)_run.Options.Seed, sampler);
        var done = 0;
        progress(0);
        var sampled = path.Complete(_latents, _observed, progress: count => progress((double)(done += count) / Utterances), stop: stop);
        var decoded = aligned.Contains(true) ? path.Align(sampled, _observed) : sampled;
        return [.. aligned.Select(isAligned => (IReadOnlyList<PointCloud>)
            [.. Missing.Members.Select(m => LatentVectors.Of((isAligned ? decoded : sampled)[m], _latents.Valid[m], _options.Point))])];
    }

    /// <summary>A random part of the rows, in their order.</summary>
    private int[] Choose(int count)
    {
        int[] rows = [.. Enumerable.Range(0, count)];
        if (count > _options.Utterances)
        {
            new StableRandom(_options.Seed, StableRandom.KeyOf("utterances")).Shuffle(rows.AsSpan());
            rows = [.. rows.Take(_options.Utterances).Order()];
        }

        return rows;
    }

    private void CheckPerplexity(int rows, string split)
    {
        var points = 2 * rows * Missing.Count;
        if (rows < 3 || _options.Tsne.Perplexity >= points - 1)
        {
            throw new InputException("perplexity", null,
                $"is {_options.Tsne.Perplexity}, but {rows} utterances of the split '{split}' make {points} points; at least 3 utterances, and a perplexity below the number of other points, are needed.");
        }
    }

    /// <summary>Of everything in the run that a panel depends on.</summary>
    private static string RunDigest(TrainedRun run)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(YamlOptions.Write(run.Options)));
        foreach (var stage in run.Manifest.Stages.Select(run.Directory.StageFile).Where(File.Exists))
        {
            hash.AppendData(File.ReadAllBytes(stage));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
