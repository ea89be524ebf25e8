using Amodal.Data.Inspection;

namespace Amodal.Runs;

/// <summary>
/// A method put to use on a split of a data file, which need not have labels, nor all modalities, nor the method's numbers of
/// steps: modalities go by name, what is absent is missing, and sequences are padded or cut. Owns the method.
/// </summary>
public sealed class RunSession : IDisposable
{
    private readonly IMethod _method;
    private readonly Split _split;
    private readonly IEncodedBatch _batch;
    private readonly List<string> _notes = [];
    private readonly IReadOnlyList<int> _absent; // modalities that the file has no array of

    /// <summary>Encodes the split; takes over the method, also where that fails.</summary>
    /// <param name="method">The method.</param>
    /// <param name="data">The data.</param>
    /// <param name="split">The split.</param>
    /// <exception cref="InputException">The data has none of the method's modalities, one has another width, or there is no such split.</exception>
    public RunSession(IMethod method, DataSet data, string split)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(data);
        _method = method;
        try
        {
            var card = method.Card;
            (_split, _absent) = FeatureFit.Fit(data.Source, data[split], card.Modalities, card.PaddedInFront, card.Source.Length > 0 ? card.Source : card.Name, _notes.Add);
            _batch = method.Encode(_split);
        }
        catch
        {
            method.Dispose();
            throw;
        }
    }

    /// <summary>Encodes the split by torch; takes over the run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="data">The data.</param>
    /// <param name="split">The split.</param>
    /// <param name="sampler">How to sample.</param>
    /// <param name="seed">Seed of the recovery's noise.</param>
    public RunSession(TrainedRun run, DataSet data, string split, SamplerOptions sampler, ulong seed)
        : this(new TorchMethod(run, sampler: sampler, seed: seed, isOwner: true), data, split)
    {
    }

    private IReadOnlyList<string> Names => [.. _method.Card.Modalities.Select(m => m.Name)];

    private int Count => _split.Count;

    /// <summary>The observed set of every utterance.</summary>
    /// <param name="missing">Names of missing modalities, comma-separated; null for none.</param>
    /// <param name="maskFile">A mask file instead; null for none.</param>
    /// <param name="missingRate">How often each modality is missing instead (<see cref="ModalityRates"/>), drawn with seed 1; null for none.</param>
    /// <exception cref="InputException">A name is unknown, nothing would be left, several are given, or the mask file does not fit.</exception>
    public IReadOnlyList<Observation> Observed(string? missing, string? maskFile, string? missingRate = null) =>
        [.. Asked(missing, maskFile, missingRate).Select(set => set.Without(ModalitySet.Of([.. _absent])))];

    private IReadOnlyList<Observation> Asked(string? missing, string? maskFile, string? missingRate)
    {
        if (new[] { missing, maskFile, missingRate }.Count(given => given is not null) > 1)
        {
            throw new InputException(maskFile is null ? "missing rate" : "masks", null,
                $"and the {(missing is null ? "missing rate" : "missing modalities")} both say what is missing; give one.");
        }

        if (missingRate is not null)
        {
            return ModalityRates.Parse(missingRate, Names, "missing rate").Draw(Count, seed: 1);
        }

        if (maskFile is not null)
        {
            return MaskFile.Read(maskFile, _split.Ids, _method.Card.Modalities);
        }

        var observed = ModalitySet.All(Names.Count).Without(missing is null ? default : ModalityNames.Parse(missing, Names, "missing"));
        if (observed.IsEmpty)
        {
            throw new InputException("missing", null, $"names all modalities ({missing}); at least one must be observed to recover the others from.");
        }

        return [.. Enumerable.Repeat(Observation.Of(observed), Count)];
    }

    /// <summary>What is to be known of the rows: what was made of the file's modalities, where one holds nothing, and what is taken as missing for that.</summary>
    /// <param name="observed">The observed set that was asked for, by row.</param>
    public IReadOnlyList<string> Notes(IReadOnlyList<Observation> observed)
    {
        var present = Presence.Of(_split);
        var fewer = observed.Where((set, row) => set.And(present[row]) != set).Count();
        return
        [
            .. _notes,
            .. _split.Features.Where((_, m) => !_absent.Contains(m)).SelectMany(features => DataWarnings.OfRows(_split, features)),
            .. fewer == 0 ? Array.Empty<string>() : [$"{fewer} of {Count} rows lack a modality that is called observed: there it is missing, and recovered like the others."],
        ];
    }

    /// <summary>Whether the method says how sure it is.</summary>
    public bool HasIntervals => _batch is ICalibratedBatch;

    /// <summary>The same predictions with intervals, of a method that says how sure it is.</summary>
    /// <param name="predictions">Of <see cref="Predict"/>.</param>
    /// <param name="observed">The observed set of each, as there.</param>
    /// <param name="percent">How many labels of a hundred are to lie within, 1 to 99.</param>
    /// <param name="stop">Ends the work.</param>
    /// <exception cref="InputException">The method does not say how sure it is.</exception>
    public IReadOnlyList<UtterancePrediction> WithIntervals(
        IReadOnlyList<UtterancePrediction> predictions, IReadOnlyList<Observation> observed, int percent, CancellationToken stop = default)
    {
        if (_batch is not ICalibratedBatch batch)
        {
            throw new InputException(_method.Card.Source, null, $"is of the method {_method.Card.Name}, which gives no intervals; those of linear-first do.");
        }

        var (certainty, labels) = (batch.Certainty(Presence.Restrict(_split, observed), percent, stop), _method.Card.Target.Labels);
        return [.. predictions.Select((p, row) => p with { Margins = [.. Enumerable.Range(row * labels, labels).Select(i => (double)certainty.Margins[i])] })];
    }

    /// <summary>Predicts every utterance; what the file has no number for is missing, whatever is asked.</summary>
    /// <param name="observed">The observed set of each.</param>
    /// <param name="samples">Recoveries per utterance, at least 1.</param>
    /// <param name="progress">Share done.</param>
    /// <param name="stop">Ends the work.</param>
    /// <exception cref="InputException">Nothing is left of an utterance.</exception>
    public IReadOnlyList<UtterancePrediction> Predict(
        IReadOnlyList<Observation> observed, int samples, Action<double>? progress = null, CancellationToken stop = default) =>
        MethodUse.Predict(_batch, MethodUse.IsSampled(_method), _method.Card.Target, _split, observed, samples, progress, stop);

    /// <summary>Recovers the missing modalities of every utterance, from those of the others that the file has numbers for, and writes recovered/, aligned/ and, where the file has any, true/ latents, standardised, with the ids.</summary>
    /// <param name="observed">The observed set of all; what is not in it is written, and where all are in it, whatever some utterance lacks.</param>
    /// <param name="path">The .npz to write.</param>
    /// <param name="progress">Share done.</param>
    /// <param name="stop">Ends the work.</param>
    /// <returns>Name and shape of every array written.</returns>
    /// <exception cref="InputException">Nothing is missing, nothing is left of an utterance, or the file cannot be written.</exception>
    public IReadOnlyList<(string Name, long[] Shape)> Recover(ModalitySet observed, string path, Action<double>? progress = null, CancellationToken stop = default)
    {
        if (_batch is not IRecoveringBatch recovering)
        {
            throw new InputException(_method.Card.Source, null, $"is of the method {_method.Card.Name}, which predicts without recovering anything; runs of two-stage-fast recover.");
        }

        var (done, present) = (0, Presence.Of(_split));
        var (_, recovered) = recovering.Recover(
            Presence.Restrict(_split, [.. Enumerable.Repeat(Observation.Of(observed), Count)]), draw: 0, count => progress?.Invoke((double)(done += count) / Count), stop);
        var written = recovered.Where(r => observed.Count == Names.Count || !observed.Contains(r.Modality)).ToList();
        if (written.Count == 0)
        {
            throw new InputException("missing", null, "names nothing, and the data lacks nothing: there is nothing to recover. Name a modality.") { Remedies = ["missing"] };
        }

        var arrays = written.SelectMany(r => new (string Name, LatentRows? Latents)[]
        {
            ("recovered", r.Recovered),
            ("aligned", r.Aligned),
            ("true", present.Any(set => set.Contains(r.Modality)) ? r.Truth : null),
        }.Where(a => a.Latents is not null).Select(a => (
            Name: $"{a.Name}/{Names[r.Modality]}", a.Latents!.Values, Shape: (IReadOnlyList<int>)[Count, r.Shape.Channels, r.Shape.Length]))).ToList();
        NpzWriter.Write(path, arrays, [("ids", _split.Ids)]);
        return [.. arrays.Select(a => (a.Name, a.Shape.Select(n => (long)n).ToArray()))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _batch.Dispose();
        _method.Dispose();
    }
}
