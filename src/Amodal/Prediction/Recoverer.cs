using Amodal.Diffusion;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;
using Amodal.Missingness;
using Amodal.Native;
using static TorchSharp.torch;

namespace Amodal.Prediction;

/// <summary>
/// Recovers the latents of missing modalities from those of observed ones by conditional diffusion (thesis, 5.1.3). The
/// noise of an utterance depends on (seed, utterance, draw) only, so batch size and order change no result.
/// </summary>
public sealed class Recoverer : IRecoverer
{
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
    /// by itself; separate recovery only, set by set.
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
        IReadOnlyList<Tensor> latents, IReadOnlyList<ModalitySet> observed, IReadOnlyList<ulong> keys, int draw, Action<int>? progress = null,
        CancellationToken stop = default)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(observed.Count, keys.Count);
        ArgumentOutOfRangeException.ThrowIfZero(observed.Min(o => (int?)o.Count) ?? 1, nameof(observed));
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var work = new TorchParts(latents[0].device);
        var parts = RecoveryPlan.Divide(observed, latents.Count, _recovery == Recovery.Joint, work.RowsFor(keys.Count), Mixes);
        var told = new RecoveryProgress(progress, keys.Count, parts);
        var given = work.Each(parts, part =>
        {
            var x = RecoverPart(latents, part, [.. part.Rows.Select(r => keys[r])], draw, stop);
            told.Add(part);
            return x;
        }, part => part.Rows.Count * part.Targets.Max(m => _networks[m].CountFlops([.. part.Observed[0].Members])));
        var recovered = latents.Select(_ => new List<(IReadOnlyList<int>, Tensor)>()).ToArray();
        foreach (var (part, x) in parts.Zip(given))
        {
            foreach (var (i, m) in part.Targets.Index())
            {
                recovered[m].Add((part.Rows, x[i]));
            }
        }

        return recovered.Index().Where(r => r.Item.Count > 0)
            .ToDictionary(r => r.Index, r => InOrder(latents[r.Index], r.Item).MoveToOuterDisposeScope());
    }

    /// <summary>The latents of a part's targets, in their order.</summary>
    private IReadOnlyList<Tensor> RecoverPart(
        IReadOnlyList<Tensor> all, RecoveryPart part, ulong[] keys, int draw, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        var index = Index(part.Rows, all[0].device);
        var latents = all.Select(l => l.index_select(0, index)).ToList();
        var recovered = _recovery == Recovery.None ? part.Targets.Select(m => zeros_like(latents[m])) // the mean of standardised latents
            : part.Targets.Count > 1 ? RecoverTogether(latents, Given(latents, part), part.Targets, keys, draw, stop)
            : part.Targets.Select(m => Sample(latents[m], Noise(keys, draw, m), Score(m, Conditions(m, latents, part), ConditionNoises(keys, draw, m)), stop));
        return [.. recovered.Select(r => r.MoveToOuterDisposeScope())];
    }

    /// <summary>
    /// Sets are mixed where conditions are clean. Noisy ones take a draw per condition and evaluation, so rows with other
    /// conditions would have to draw one by one.
    /// </summary>
    private bool Mixes => _conditioning == Conditioning.Clean && _conditions is null;

    private IReadOnlyList<Condition> Conditions(int target, IReadOnlyList<Tensor> latents, RecoveryPart part) =>
        _conditions?.Invoke(target, latents, part.Observed[0]) ?? Given(latents, part);

    /// <summary>What the rows observe; what a row lacks is masked, and zero: nothing that it may be is looked at.</summary>
    private static List<Condition> Given(IReadOnlyList<Tensor> latents, RecoveryPart part) =>
    [
        .. ConditionSampler.Conditions(part.Observed, latents, isNoisy: false).Select(c =>
            c.Present is null ? c : c with { Latent = where(c.Present.view(-1, 1, 1), c.Latent, zeros_like(c.Latent)) }),
    ];

    /// <summary>The recovered rows in their places, and the given ones in the others.</summary>
    private static Tensor InOrder(Tensor given, IReadOnlyList<(IReadOnlyList<int> Rows, Tensor Latent)> recovered)
    {
        using var scope = NewDisposeScope();
        var others = Enumerable.Range(0, (int)given.shape[0]).Except(recovered.SelectMany(r => r.Rows)).ToList();
        int[] rows = [.. recovered.SelectMany(r => r.Rows), .. others];
        var places = new int[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            places[rows[i]] = i;
        }

        List<Tensor> values = [.. recovered.Select(r => r.Latent)];
        if (others.Count > 0)
        {
            values.Add(given.index_select(0, Index(others, given.device)));
        }

        return cat(values).index_select(0, Index(places, given.device)).MoveToOuterDisposeScope();
    }

    private static Tensor Index(IReadOnlyList<int> rows, Device device) => tensor(rows.Select(r => (long)r).ToArray(), device: device);

    /// <summary>All targets are one state, their time axes end to end; each network also sees the others' part of it at the same t.</summary>
    private IReadOnlyList<Tensor> RecoverTogether(
        List<Tensor> latents, List<Condition> given, IReadOnlyList<int> missing, ulong[] keys, int draw, CancellationToken stop)
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
        return [.. together.split(lengths, 2).Select(part => part.contiguous())];
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
