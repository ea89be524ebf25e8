using Amodal.Diffusion;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;
using Amodal.Missingness;
using Amodal.Randomness;
using static TorchSharp.torch;

namespace Amodal.Prediction;

/// <summary>
/// Recovers the latents of missing modalities from those of observed ones by conditional diffusion (thesis, 5.1.3). The
/// noise of an utterance depends on (seed, utterance, draw) only, so batch size and order change no result.
/// </summary>
public sealed class Recoverer
{
    private const int ChunkRows = 64; // larger batches are no faster per utterance on a CPU and cost memory
    private readonly IReadOnlyList<IScoreNetwork> _networks;
    private readonly IProcess _process;
    private readonly Conditioning _conditioning;
    private readonly Recovery _recovery;
    private readonly SamplingPlan _plan;
    private readonly ulong _seed;

    /// <summary>Binds trained networks to a way of sampling.</summary>
    /// <param name="networks">One score network per modality, in evaluation mode.</param>
    /// <param name="options">Process, conditioning and recovery.</param>
    /// <param name="plan">Sampler and time grid.</param>
    /// <param name="seed">Seed of the noise.</param>
    public Recoverer(IReadOnlyList<IScoreNetwork> networks, ModelOptions options, SamplingPlan plan, ulong seed)
    {
        _networks = networks;
        _process = ProcessFactory.Create(options.Process);
        (_conditioning, _recovery, _plan, _seed) = (options.Conditioning, options.Recovery, plan, seed);
    }

    /// <summary>Recovers every missing modality of utterances that share an observed set.</summary>
    /// <param name="latents">Standardised latents, one (batch, channels, time) per modality; those of missing ones give only their shape.</param>
    /// <param name="observed">The observed modalities, at least one.</param>
    /// <param name="keys">A key per utterance.</param>
    /// <param name="draw">Which of several samples, from 0.</param>
    /// <param name="progress">Called with the number of utterances after each part; may be null.</param>
    /// <param name="stop">Ends the work between network evaluations.</param>
    /// <returns>By modality, the recovered latents, (batch, channels, time).</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
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
        if (_recovery == Recovery.Joint && missing.Count > 1)
        {
            return RecoverTogether(latents, observed, missing, keys, draw, stop);
        }

        return missing.Select(m =>
        {
            var noise = Noise(keys, draw, m);
            var conditions = Conditions(latents, observed, keys, draw, m);
            return (m, Sample(latents[m], noise, (x, t) => _networks[m].Evaluate(x, t, conditions(t)), stop));
        });
    }

    /// <summary>All targets are one state, their time axes end to end; each network also sees the others' part of it at the same t.</summary>
    private List<(int, Tensor)> RecoverTogether(
        List<Tensor> latents, ModalitySet observed, List<int> missing, ulong[] keys, int draw, CancellationToken stop)
    {
        var noise = Noise(keys, draw, latents.Count);
        var lengths = missing.Select(m => latents[m].shape[2]).ToArray();
        var conditions = missing.ToDictionary(m => m, m => Conditions(latents, observed, keys, draw, m));
        var together = Sample(cat([.. missing.Select(m => latents[m])], 2), noise, (x, t) =>
        {
            var parts = x.split(lengths, 2);
            return cat([.. missing.Select((m, i) => _networks[m].Evaluate(parts[i], t, [
                .. conditions[m](t),
                .. missing.Where(o => o != m).Select(o => new Condition(o, parts[missing.IndexOf(o)], IsNoisy: true))]))], 2);
        }, stop);
        return [.. together.split(lengths, 2).Select((x, i) => (missing[i], x.contiguous()))];
    }

    private Tensor Sample(Tensor like, INoise noise, Func<Tensor, Tensor, Tensor> raw, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        var start = noise.Like(like) * _process.Std(_plan.Times[0]); // std(1) z: matters for VE (errata 3)
        return _plan.Sampler(Score, _process, start, _plan.Times, noise).MoveToOuterDisposeScope();

        Tensor Score(Tensor x, Tensor t)
        {
            stop.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            // The network predicts std * score: dividing here keeps its target near unit size at every t (5.10).
            return (raw(x, t) / _process.Std(t, x)).MoveToOuterDisposeScope();
        }
    }

    /// <summary>What the network is given at time t: clean latents, or freshly perturbed ones, as the conditioning says.</summary>
    private Func<Tensor, IReadOnlyList<Condition>> Conditions(
        List<Tensor> latents, ModalitySet observed, ulong[] keys, int draw, int target)
    {
        var clean = observed.Members.Select(o => new Condition(o, latents[o])).ToList();
        if (_conditioning == Conditioning.Clean)
        {
            return _ => clean;
        }

        var noises = observed.Members.ToDictionary(o => o, o => Noise(keys, draw, target, o));
        return t => [.. clean.Select(c => c with { Latent = ConditionNoise.At(_conditioning, c.Latent, t, _process, noises[c.Modality]) })];
    }

    private UtteranceNoise Noise(ulong[] keys, int draw, int target, int condition = -1) =>
        new(keys.Select(key => new StableRandom(_seed, key, (ulong)draw, (ulong)(target + 1), (ulong)(condition + 1)).NextUInt64()));
}
