using Amodal.Data;
using Amodal.Data.Inspection;
using Amodal.Diffusion.Sampling;
using Amodal.Methods;
using Amodal.Missingness;

namespace Amodal.Runs;

/// <summary>A method put to use on a split of a data file. Owns the method.</summary>
public sealed class RunSession : IDisposable
{
    private readonly IMethod _method;
    private readonly Split _split;
    private readonly IEncodedBatch _batch;

    /// <summary>Encodes the split; takes over the method, also where that fails.</summary>
    /// <param name="method">The method.</param>
    /// <param name="data">The data.</param>
    /// <param name="split">The split.</param>
    /// <exception cref="InputException">The data's modalities are not the method's, or there is no such split.</exception>
    public RunSession(IMethod method, DataSet data, string split)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(data);
        _method = method;
        try
        {
            data.CheckModalities(method.Card.Modalities, method.Card.Source);
            _split = data[split];
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
    public IReadOnlyList<ModalitySet> Observed(string? missing, string? maskFile, string? missingRate = null)
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
            return MaskFile.Read(maskFile, _split.Ids, Names);
        }

        var observed = ModalitySet.All(Names.Count).Without(missing is null ? default : ModalityNames.Parse(missing, Names, "missing"));
        if (observed.IsEmpty)
        {
            throw new InputException("missing", null, $"names all modalities ({missing}); at least one must be observed to recover the others from.");
        }

        return [.. Enumerable.Repeat(observed, Count)];
    }

    /// <summary>What is to be known of the rows: where a modality holds nothing, and what is taken as missing for that.</summary>
    /// <param name="observed">The observed set that was asked for, by row.</param>
    public IReadOnlyList<string> Notes(IReadOnlyList<ModalitySet> observed)
    {
        var present = Presence.Of(_split);
        var fewer = observed.Where((set, row) => set.And(present[row]) != set).Count();
        return fewer == 0 ? DataWarnings.OfRows(_split) : [.. DataWarnings.OfRows(_split),
            $"{fewer} of {Count} rows lack a modality that is called observed: there it is missing, and recovered like the others."];
    }

    /// <summary>Predicts every utterance; what the file has no number for is missing, whatever is asked.</summary>
    /// <param name="observed">The observed set of each.</param>
    /// <param name="samples">Recoveries per utterance, at least 1.</param>
    /// <param name="progress">Share done.</param>
    /// <param name="stop">Ends the work.</param>
    /// <exception cref="InputException">Nothing is left of an utterance.</exception>
    public IReadOnlyList<UtterancePrediction> Predict(IReadOnlyList<ModalitySet> observed, int samples, Action<double>? progress = null, CancellationToken stop = default)
    {
        observed = Presence.Restrict(_split, observed);
        var draws = new List<float[]>();
        for (var draw = 0; draw < samples; draw++)
        {
            var (before, done) = (draw, 0);
            draws.Add(_batch.Predict(observed, draw, count => progress?.Invoke((before + ((double)(done += count) / Count)) / samples), stop));
        }

        return [.. _split.Ids.Select((id, row) =>
        {
            var values = draws.Select(d => (double)d[row]).ToList();
            var mean = values.Average();
            var variance = samples > 1 ? values.Sum(v => (v - mean) * (v - mean)) / (samples - 1) : 0;
            return new UtterancePrediction(id, observed[row].Describe(Names), mean, Math.Sqrt(variance),
                float.IsFinite(_split.Labels[row]) ? _split.Labels[row] : null);
        })];
    }

    /// <summary>Recovers the missing modalities of every utterance, from those of the others that the file has numbers for, and writes recovered/, aligned/ and true/ latents, standardised, with the ids.</summary>
    /// <param name="observed">The observed set of all.</param>
    /// <param name="path">The .npz to write.</param>
    /// <param name="progress">Share done.</param>
    /// <param name="stop">Ends the work.</param>
    /// <returns>Name and shape of every array written.</returns>
    /// <exception cref="InputException">Nothing is left of an utterance, or the file cannot be written.</exception>
    public IReadOnlyList<(string Name, long[] Shape)> Impute(ModalitySet observed, string path, Action<double>? progress = null, CancellationToken stop = default)
    {
        if (_batch is not IRecoveringBatch recovering)
        {
            throw new InputException(_method.Card.Source, null, $"is of the method {_method.Card.Name}, which predicts without recovering anything.");
        }

        var done = 0;
        var (_, recovered) = recovering.Recover(
            Presence.Restrict(_split, [.. Enumerable.Repeat(observed, Count)]), draw: 0, count => progress?.Invoke((double)(done += count) / Count), stop);
        var imputed = recovered.Where(r => !observed.Contains(r.Modality));
        var arrays = imputed.SelectMany(i => new (string Name, float[] Values, IReadOnlyList<int> Shape)[]
        {
            ($"recovered/{Names[i.Modality]}", i.Recovered.Values, [Count, i.Shape.Channels, i.Shape.Length]),
            ($"aligned/{Names[i.Modality]}", i.Aligned.Values, [Count, i.Shape.Channels, i.Shape.Length]),
            ($"true/{Names[i.Modality]}", i.Truth.Values, [Count, i.Shape.Channels, i.Shape.Length]),
        }).ToList();
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
