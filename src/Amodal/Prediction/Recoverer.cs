using Amodal.Diffusion;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;
using Amodal.Missingness;
using static TorchSharp.torch;

namespace Amodal.Prediction;

/// <summary>
/// Recovers the latents of missing modalities from those of observed ones by conditional diffusion (thesis, 5.1.3). The
/// noise of an utterance depends on (seed, utterance, draw) only, so batch size and order change no result.
/// </summary>
public sealed class Recoverer : IRecoverer
{
    private const int ChunkRows = 64; // larger batches are no faster per utterance on a CPU and cost memory
    private readonly IReadOnlyList<IScoreNetwork> _networks;
    private readonly IProcess _process;
    private readonly Objective _objective;
    private readonly Conditioning _conditioning;
    private readonly Recovery _recovery;
    private readonly SamplingPlan _plan;
    private readonly ulong _seed;
    private readonly Func<int, IReadOnlyList<Tensor>, ModalitySet, IReadOnlyList<Condition>>? _conditions;

    /// <summary>Binds trained networks to a way of sampling.</summary>
    /// <param name="networks">One score network per modality, in evaluation mode.</param>
    /// <param name="options">Objective, process, conditioning and recovery.</param>
    /// <param name="plan">Sampler and time grid; a flow sampler where the objective is flow.</param>
    /// <param name="seed">Seed of the noise.</param>
    /// <param name="conditions">
    /// What a network is given, from its target, all latents and the observed set, where that is not every observed latent
    /// by itself; separate recovery only.
    /// </param>
    public Recoverer(
        IReadOnlyList<IScoreNetwork> networks, ModelOptions options, SamplingPlan plan, ulong seed,
        Func<int, IReadOnlyList<Tensor>, ModalitySet, IReadOnlyList<Condition>>? conditions = null)
    {
        _conditions = conditions;
        _networks = networks;
        _process = options.CreateProcess();
        _objective = options.Objective;
        (_conditioning, _recovery, _plan, _seed) = (options.Conditioning, options.Recovery, plan, seed);
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<int, Tensor> Recover(
        IReadOnlyList<Tensor> latents, ModalitySet observed, IReadOnlyList<ulong> keys, int draw, Action<int>? progress = null, CancellationToken stop = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(observed.Count);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var missing = ModalitySet.All(latents.Count).Without(observed).Members.ToList();
        var parts = missing.ToDictionary(m => m, _ => new List<Tensor>());
        for (var start = 0; start < keys.Count; start += ChunkRows)
        {
            var count = Math.Min(ChunkRows, keys.Count - start);
            var chunk = latents.Select(l => l.narrow(0, start, count)).ToList();
            var chunkKeys = keys.Skip(start).Take(count).ToArray();
            foreach (var (m, x) in RecoverChunk(chunk, observed, missing, chunkKeys, draw, stop))
            {
                parts[m].Add(x);
            }

            progress?.Invoke(count);
        }

        return parts.ToDictionary(p => p.Key, p => cat(p.Value).MoveToOuterDisposeScope());
    }

    private IEnumerable<(int Modality, Tensor Latent)> RecoverChunk(
        List<Tensor> latents, ModalitySet observed, List<int> missing, ulong[] keys, int draw, CancellationToken stop)
    {
        if (_recovery == Recovery.None)
        {
            return missing.Select(m => (m, zeros_like(latents[m]))); // the mean of standardised latents
        }

        var given = observed.Members.Select(o => new Condition(o, latents[o])).ToList();
        return _recovery == Recovery.Joint && missing.Count > 1
            ? RecoverTogether(latents, given, missing, keys, draw, stop)
            : missing.Select(m => (m, Sample(latents[m], Noise(keys, draw, m), Score(m, _conditions?.Invoke(m, latents, observed) ?? given, ConditionNoises(keys, draw, m)), stop)));
    }

    /// <summary>All targets are one state, their time axes end to end; each network also sees the others' part of it at the same t.</summary>
    private List<(int, Tensor)> RecoverTogether(
        List<Tensor> latents, List<Condition> given, List<int> missing, ulong[] keys, int draw, CancellationToken stop)
    {
        var lengths = missing.Select(m => latents[m].shape[2]).ToArray();
        var noises = missing.ToDictionary(m => m, m => ConditionNoises(keys, draw, m));
        var together = Sample(cat([.. missing.Select(m => latents[m])], 2), Noise(keys, draw, latents.Count), (x, t) =>
        {
            using var scope = NewDisposeScope();
            var current = missing.Zip(x.split(lengths, 2), (m, part) => new Condition(m, part, IsNoisy: true)).ToList();
            return cat([.. current.Select(target =>
                Score(target.Modality, [.. given, .. current.Where(c => c.Modality != target.Modality)], noises[target.Modality])(target.Latent, t))], 2)
                .MoveToOuterDisposeScope();
        }, stop);
        return [.. missing.Zip(together.split(lengths, 2), (m, part) => (m, part.contiguous()))];
    }

    private Tensor Sample(Tensor like, INoise noise, ScoreFunction score, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        var start = Samplers.Start(_process, like, noise);
        return _plan.Sampler(Stoppable, _process, start, _plan.Times(_process), noise).MoveToOuterDisposeScope();

        Tensor Stoppable(Tensor x, Tensor t)
        {
            stop.ThrowIfCancellationRequested();
            return score(x, t);
        }
    }

    private ScoreFunction Score(int target, IReadOnlyList<Condition> conditions, INoise conditionNoise) =>
        _objective == Objective.Flow ? ConditionalVelocity.Of(_networks[target], conditions)
            : ConditionalScore.Of(_networks[target], _process, _conditioning, conditions, conditionNoise);

    private UtteranceNoise Noise(ulong[] keys, int draw, int target) => RecoveryNoise.OfSampler(_seed, keys, draw, target);

    private UtteranceNoise ConditionNoises(ulong[] keys, int draw, int target) => RecoveryNoise.OfConditions(_seed, keys, draw, target);
}
