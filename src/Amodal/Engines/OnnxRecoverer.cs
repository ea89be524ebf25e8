using System.Numerics.Tensors;
using Amodal.Diffusion;
using Amodal.Diffusion.Distillation;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;
using Amodal.Export;
using Amodal.Missingness;
using Amodal.Native;
using Amodal.Prediction;

namespace Amodal.Engines;

/// <summary>
/// Recovers the latents of missing modalities as <see cref="Recoverer"/> does, with the same noise, on plain arrays. Made
/// by <see cref="OnnxModel.CreateRecoverer"/>, which owns the networks.
/// </summary>
public sealed class OnnxRecoverer
{
    private readonly ExportManifest _manifest;
    private readonly IReadOnlyList<OnnxScoreNetwork> _networks;
    private readonly RowParts _parts;
    private readonly SamplerOptions _sampler;
    private readonly IReadOnlyList<double> _times;
    private readonly IProcess _process;
    private readonly ulong _seed;

    internal OnnxRecoverer(ExportManifest manifest, IReadOnlyList<OnnxScoreNetwork> networks, RowParts parts, SamplerOptions sampler, ulong seed)
    {
        (_manifest, _networks, _parts, _sampler, _seed) = (manifest, networks, parts, sampler, seed);
        _process = manifest.Objective == Objective.Flow ? FlowMatching.Path : ProcessFactory.Create(manifest.Process);
        _times = SamplingPlan.Create(sampler).Times(_process);
    }

    /// <summary>Recovers every missing modality of utterances that share an observed set.</summary>
    /// <param name="latents">Standardised latents of every modality; those of missing ones give only their shape.</param>
    /// <param name="observed">The observed modalities, at least one.</param>
    /// <param name="keys">A key per utterance, which names its noise.</param>
    /// <param name="draw">Which of several samples, from 0.</param>
    /// <param name="progress">Called with the number of utterances after each part; may be null.</param>
    /// <param name="stop">Ends the work between network evaluations.</param>
    /// <returns>By modality, the recovered latents.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IReadOnlyDictionary<int, LatentRows> Recover(
        IReadOnlyList<LatentRows> latents, ModalitySet observed, IReadOnlyList<ulong> keys, int draw = 0, Action<int>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return Recover(latents, [.. Enumerable.Repeat(observed, keys.Count)], keys, draw, progress, stop);
    }

    /// <summary>Recovers every missing modality of utterances, each with an observed set of its own.</summary>
    /// <param name="latents">Standardised latents of every modality; those of missing ones give only their shape.</param>
    /// <param name="observed">The observed modalities of each utterance, at least one.</param>
    /// <param name="keys">A key per utterance, which names its noise.</param>
    /// <param name="draw">Which of several samples, from 0.</param>
    /// <param name="progress">Called with the number of utterances after each part; may be null.</param>
    /// <param name="stop">Ends the work between network evaluations.</param>
    /// <returns>
    /// By modality that some utterance lacks: recovered there, and as it was given where it is observed. What is recovered
    /// of an utterance does not depend on the others.
    /// </returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IReadOnlyDictionary<int, LatentRows> Recover(
        IReadOnlyList<LatentRows> latents, IReadOnlyList<ModalitySet> observed, IReadOnlyList<ulong> keys, int draw = 0, Action<int>? progress = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(latents);
        ArgumentNullException.ThrowIfNull(observed);
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentOutOfRangeException.ThrowIfNotEqual(observed.Count, keys.Count);
        ArgumentOutOfRangeException.ThrowIfZero(observed.Min(o => (int?)o.Count) ?? 1, nameof(observed));
        var parts = RecoveryPlan.Divide(observed, latents.Count, _manifest.Recovery == Recovery.Joint, _parts.RowsFor(keys.Count), mixes: _manifest.Conditioning == Conditioning.Clean);
        var told = new RecoveryProgress(progress, keys.Count, parts);
        var recovered = parts.SelectMany(p => p.Targets).Distinct().ToDictionary(m => m, m => latents[m].Slice(0, latents[m].Rows));
        _parts.SideBySide(parts, (part, isAlone) =>
        {
            var chunk = new Chunk(new RowPart(0, part.Rows.Count, isAlone), [.. latents.Select(l => l.Select(part.Rows))], [.. part.Rows.Select(r => keys[r])], draw, stop);
            foreach (var (m, x) in RecoverPart(chunk, part))
            {
                x.CopyTo(recovered[m], part.Rows);
            }

            told.Add(part);
        });
        return recovered;
    }

    private IEnumerable<(int Modality, LatentRows Latent)> RecoverPart(Chunk chunk, RecoveryPart part)
    {
        if (_manifest.Recovery == Recovery.None)
        {
            return part.Targets.Select(m => (m, new LatentRows(chunk.Latents[m].Rows, chunk.Latents[m].Width))); // the mean of standardised latents
        }

        var given = Given(chunk.Latents, part.Observed);
        return part.Targets.Count > 1 ? RecoverTogether(chunk, given, part.Targets) : [(part.Targets[0], RecoverOne(chunk, given, part.Targets[0]))];
    }

    /// <summary>What the rows observe; what a row lacks is masked, and zero. A modality that no row has is left out.</summary>
    private static List<RowCondition> Given(IReadOnlyList<LatentRows> latents, IReadOnlyList<ModalitySet> observed)
    {
        var given = new List<RowCondition>();
        for (var m = 0; m < latents.Count; m++)
        {
            bool[] present = [.. observed.Select(o => o.Contains(m))];
            if (present.Contains(true))
            {
                given.Add(new RowCondition(m, latents[m], IsNoisy: false, present.Contains(false) ? present : null));
            }

            for (var row = 0; row < present.Length; row++)
            {
                if (!present[row])
                {
                    latents[m].Row(row).Clear(); // ours: the chunk is a copy
                }
            }
        }

        return given;
    }

    private LatentRows RecoverOne(Chunk chunk, List<RowCondition> given, int target)
    {
        var like = chunk.Latents[target];
        var noise = RecoveryNoise.OfConditions(_seed, chunk.Keys, chunk.Draw, target);
        // Clean conditions are the same at every evaluation.
        using var fixedConditions = _manifest.Conditioning == Conditioning.Clean ? _networks[target].Prepare(given, chunk.Part) : null;
        return Sample(like, RecoveryNoise.OfSampler(_seed, chunk.Keys, chunk.Draw, target), chunk.Stop, (x, t, score) =>
            Evaluate(chunk.Part, target, fixedConditions, () => Perturb(given, t, noise), x, t, score));
    }

    /// <summary>All targets are one state, their time axes end to end; each network also sees the others' part of it at the same t.</summary>
    private List<(int, LatentRows)> RecoverTogether(Chunk chunk, List<RowCondition> given, IReadOnlyList<int> missing)
    {
        var joint = new JointRows([.. missing.Select(m => (_manifest.Modalities[m].Channels, _manifest.Modalities[m].Steps))]);
        var noises = missing.ToDictionary(m => m, m => RecoveryNoise.OfConditions(_seed, chunk.Keys, chunk.Draw, m));
        var like = joint.Join([.. missing.Select(m => chunk.Latents[m])]);
        var together = Sample(like, RecoveryNoise.OfSampler(_seed, chunk.Keys, chunk.Draw, chunk.Latents.Count), chunk.Stop, (x, t, score) =>
        {
            var parts = joint.Split(x);
            var current = missing.Zip(parts, (m, part) => new RowCondition(m, part, IsNoisy: true)).ToList();
            var answers = parts.Select(p => new LatentRows(p.Rows, p.Width)).ToList();
            for (var i = 0; i < missing.Count; i++)
            {
                var target = missing[i];
                Evaluate(chunk.Part, target, null, () => [.. Perturb(given, t, noises[target]), .. current.Where(c => c.Modality != target)], parts[i], t, answers[i]);
            }

            joint.Join(answers).Values.CopyTo(score.Values.AsSpan());
        });
        return [.. missing.Zip(joint.Split(together))];
    }

    private void Evaluate(
        RowPart part, int target, OnnxScoreNetwork.Prepared? prepared, Func<List<RowCondition>> conditions, LatentRows x, double t, LatentRows score)
    {
        if (prepared is not null)
        {
            prepared.Evaluate(x, t, score);
        }
        else
        {
            using var now = _networks[target].Prepare(conditions(), part);
            now.Evaluate(x, t, score);
        }

        ToScore(x, t, score);
    }

    /// <summary>What a network answered as what the sampler follows, a score or a velocity; in the terms of <see cref="StudentNetwork"/>.</summary>
    private void ToScore(LatentRows x, double t, LatentRows answer)
    {
        var (alpha, std) = ((float)_process.Alpha(t), (float)_process.Std(t));
        var isFlow = _manifest.Objective == Objective.Flow;
        if (_manifest.AnswersDenoised)
        {
            TensorPrimitives.Multiply(answer.Values, isFlow ? 1 : alpha, answer.Values);
            TensorPrimitives.Subtract(answer.Values, x.Values, answer.Values);
            TensorPrimitives.Divide(answer.Values, isFlow ? -std : std, answer.Values);
        }

        if (!isFlow)
        {
            TensorPrimitives.Divide(answer.Values, std, answer.Values);
        }
    }

    /// <summary>What is shown of the observed at time t: see <see cref="ConditionNoise.At"/>.</summary>
    private List<RowCondition> Perturb(List<RowCondition> given, double t, UtteranceNoise noise)
    {
        if (_manifest.Conditioning == Conditioning.Clean)
        {
            return given;
        }

        var a = new RowArithmetic(null, noise);
        return [.. given.Select(c => c with { Latent = a.Plus(a.Times(c.Latent, _process.Alpha(t)), a.Noise(c.Latent), _process.Std(t)) })];
    }

    private LatentRows Sample(LatentRows like, UtteranceNoise noise, CancellationToken stop, RowScore score)
    {
        var a = new RowArithmetic(Stoppable, noise);
        return SamplerSteps.Run(_sampler, a, _process, SamplerSteps.Start(a, _process, like), _times);

        void Stoppable(LatentRows x, double t, LatentRows answer)
        {
            stop.ThrowIfCancellationRequested();
            score(x, t, answer);
        }
    }

    private sealed record Chunk(RowPart Part, IReadOnlyList<LatentRows> Latents, ulong[] Keys, int Draw, CancellationToken Stop);
}
