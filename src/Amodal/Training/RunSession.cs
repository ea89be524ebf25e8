using Amodal.Data;
using Amodal.Data.Inspection;
using Amodal.Diffusion.Sampling;
using Amodal.Engines;
using Amodal.Missingness;

namespace Amodal.Training;

/// <summary>A trained run, or an exported model, put to use on a split of a data file. Owns its engine.</summary>
/// <param name="engine">What computes the path; taken over.</param>
public sealed class RunSession(IPathEngine engine) : IDisposable
{
    /// <summary>Encodes the split by torch; takes over the run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="data">The data.</param>
    /// <param name="split">The split.</param>
    /// <param name="sampler">How to sample.</param>
    /// <param name="seed">Seed of the recovery's noise.</param>
    public RunSession(TrainedRun run, DataSet data, string split, SamplerOptions sampler, ulong seed)
        : this(new TorchPath(run, data, split, sampler, seed))
    {
    }

    private IReadOnlyList<string> Names => engine.Names;

    private int Count => engine.Split.Count;

    /// <summary>The observed set of every utterance.</summary>
    /// <param name="missing">Names of missing modalities, comma-separated; null for none.</param>
    /// <param name="maskFile">A mask file instead; null for none.</param>
    /// <param name="missingRate">How often each modality is missing instead (<see cref="ModalityRates"/>), drawn with seed 1; null for none.</param>
    /// <exception cref="InputException">A name is unknown, nothing would be left, several are given, or the mask file does not fit.</exception>
    public IReadOnlyList<ModalitySet> Observed(string? missing, string? maskFile, string? missingRate = null)
    {
        if (new[] { missing, maskFile, missingRate }.Count(given => given is not null) > 1)
        {
            throw new InputException(maskFile is null ? "--missing-rate" : "--masks", null,
                $"and {(missing is null ? "--missing-rate" : "--missing")} both say what is missing; give one.");
        }

        if (missingRate is not null)
        {
            return ModalityRates.Parse(missingRate, Names, "--missing-rate").Draw(Count, seed: 1);
        }

        if (maskFile is not null)
        {
            return MaskFile.Read(maskFile, engine.Split.Ids, Names);
        }

        var observed = ModalitySet.All(Names.Count).Without(missing is null ? default : ModalityNames.Parse(missing, Names, "--missing"));
        if (observed.IsEmpty)
        {
            throw new InputException("--missing", null, $"names all modalities ({missing}); at least one must be observed to recover the others from.");
        }

        return [.. Enumerable.Repeat(observed, Count)];
    }

    /// <summary>What is to be known of the rows: where a modality holds nothing, and what is taken as missing for that.</summary>
    /// <param name="observed">The observed set that was asked for, by row.</param>
    public IReadOnlyList<string> Notes(IReadOnlyList<ModalitySet> observed)
    {
        var present = Presence.Of(engine.Split);
        var fewer = observed.Where((set, row) => set.And(present[row]) != set).Count();
        return fewer == 0 ? DataWarnings.OfRows(engine.Split) : [.. DataWarnings.OfRows(engine.Split),
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
        observed = Presence.Restrict(engine.Split, observed);
        var draws = new List<float[]>();
        for (var draw = 0; draw < samples; draw++)
        {
            var (before, done) = (draw, 0);
            draws.Add(engine.Predict(observed, draw, count => progress?.Invoke((before + ((double)(done += count) / Count)) / samples), stop));
        }

        return [.. engine.Split.Ids.Select((id, row) =>
        {
            var values = draws.Select(d => (double)d[row]).ToList();
            var mean = values.Average();
            var variance = samples > 1 ? values.Sum(v => (v - mean) * (v - mean)) / (samples - 1) : 0;
            return new UtterancePrediction(id, observed[row].Describe(Names), mean, Math.Sqrt(variance),
                float.IsFinite(engine.Split.Labels[row]) ? engine.Split.Labels[row] : null);
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
        var imputed = Impute(observed, progress, stop);
        var arrays = imputed.SelectMany(i => new (string Name, float[] Values, IReadOnlyList<int> Shape)[]
        {
            ($"recovered/{Names[i.Modality]}", i.Recovered.Values, [Count, i.Shape.Channels, i.Shape.Length]),
            ($"aligned/{Names[i.Modality]}", i.Aligned.Values, [Count, i.Shape.Channels, i.Shape.Length]),
            ($"true/{Names[i.Modality]}", i.Truth.Values, [Count, i.Shape.Channels, i.Shape.Length]),
        }).ToList();
        NpzWriter.Write(path, arrays, [("ids", engine.Split.Ids)]);
        return [.. arrays.Select(a => (a.Name, a.Shape.Select(n => (long)n).ToArray()))];
    }

    /// <inheritdoc/>
    public void Dispose() => engine.Dispose();

    private List<ImputedLatent> Impute(ModalitySet observed, Action<double>? progress, CancellationToken stop)
    {
        var sets = Presence.Restrict(engine.Split, [.. Enumerable.Repeat(observed, Count)]);
        var kinds = sets.Distinct().ToList();
        var done = 0;
        var bySet = kinds.ToDictionary(set => set, set =>
            engine.Impute(set, count => progress?.Invoke((double)(done += count) / (Count * kinds.Count)), stop).ToDictionary(i => i.Modality));
        return [.. ModalitySet.All(Names.Count).Without(observed).Members.Select(m => kinds.Count == 1 ? bySet[kinds[0]][m] : new ImputedLatent(
            m, bySet[kinds[0]][m].Shape, Gather(i => i.Recovered, m), Gather(i => i.Aligned, m), Gather(i => i.Truth, m)))];

        LatentRows Gather(Func<ImputedLatent, LatentRows> part, int modality)
        {
            var rows = new LatentRows(Count, part(bySet[kinds[0]][modality]).Width);
            for (var row = 0; row < Count; row++)
            {
                part(bySet[sets[row]][modality]).Row(row).CopyTo(rows.Row(row));
            }

            return rows;
        }
    }
}
