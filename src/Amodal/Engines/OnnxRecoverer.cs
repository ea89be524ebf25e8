using System.Numerics.Tensors;
using Amodal.Diffusion;
using Amodal.Diffusion.Distillation;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;
using Amodal.Export;
using Amodal.Missingness;
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
        ArgumentNullException.ThrowIfNull(latents);
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentOutOfRangeException.ThrowIfZero(observed.Count);
        var missing = ModalitySet.All(latents.Count).Without(observed).Members.ToList();
        var recovered = missing.ToDictionary(m => m, m => new LatentRows(latents[m].Rows, latents[m].Width));
        var told = new Lock();
        _parts.ForEach(keys.Count, part =>
        {
            var chunk = new Chunk(part, [.. latents.Select(l => l.Slice(part.Start, part.Count))], [.. keys.Skip(part.Start).Take(part.Count)], draw, stop);
            foreach (var (m, x) in RecoverChunk(chunk, observed, missing))
            {
                x.Values.AsSpan(0, part.Count * x.Width).CopyTo(recovered[m].Values.AsSpan(part.Start * x.Width));
            }

            lock (told)
            {
                progress?.Invoke(part.Count);
            }
        });
        return recovered;
    }

    private IEnumerable<(int Modality, LatentRows Latent)> RecoverChunk(Chunk chunk, ModalitySet observed, List<int> missing)
    {
        if (_manifest.Recovery == Recovery.None)
        {
            return missing.Select(m => (m, new LatentRows(chunk.Latents[m].Rows, chunk.Latents[m].Width))); // the mean of standardised latents
        }

        var given = observed.Members.Select(o => new RowCondition(o, chunk.Latents[o], IsNoisy: false)).ToList();
        return _manifest.Recovery == Recovery.Joint && missing.Count > 1
            ? RecoverTogether(chunk, given, missing)
            : missing.Select(m => (m, RecoverOne(chunk, given, m)));
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
    private List<(int, LatentRows)> RecoverTogether(Chunk chunk, List<RowCondition> given, List<int> missing)
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
