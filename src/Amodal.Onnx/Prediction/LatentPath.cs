namespace Amodal.Prediction;

/// <summary>
/// The path from latents of what is observed to a prediction: recover, align, fuse (thesis, 5.1.3), stated once for every
/// engine. The noise of an utterance depends on (seed, utterance, draw) only, and its observed set is its own, so batch size,
/// order and the other utterances change no result but by rounding.
/// </summary>
/// <typeparam name="T">A batch of standardised latents of one modality, (row, channels, time).</typeparam>
public sealed class LatentPath<T>
{
    private readonly ILatentEngine<T> _engine;
    private readonly PathSettings _settings;
    private readonly IReadOnlyList<double> _times;

    internal LatentPath(ILatentEngine<T> engine, PathSettings settings) =>
        (_engine, _settings, _times) = (engine, settings, settings.Plan.Times(settings.Process));

    /// <summary>Recovers every missing modality of utterances, each with an observed set of its own.</summary>
    /// <param name="latents">Latents of every modality; those of missing ones give only their shape.</param>
    /// <param name="observed">The observed modalities of each utterance, at least one.</param>
    /// <param name="keys">A key per utterance, which names its noise.</param>
    /// <param name="draw">Which of several samples, from 0.</param>
    /// <param name="progress">Called with the number of utterances after each part; may be null.</param>
    /// <param name="stop">Ends the work between network evaluations.</param>
    /// <returns>By modality that some utterance lacks: recovered there, and as it was given where it is observed.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IReadOnlyDictionary<int, T> Recover(
        IReadOnlyList<T> latents, IReadOnlyList<Observation> observed, IReadOnlyList<ulong> keys, int draw = 0, Action<int>? progress = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(latents);
        ArgumentNullException.ThrowIfNull(observed);
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentOutOfRangeException.ThrowIfNotEqual(observed.Count, keys.Count);
        ArgumentOutOfRangeException.ThrowIfZero(observed.Min(o => (int?)o.Count) ?? 1, nameof(observed));
        using var scope = _engine.Scope();
        var parts = RecoveryPlan.Divide(
            observed, latents.Count, _settings.Recovery == Recovery.Joint, _engine.RowsFor(latents[0], keys.Count), _settings.MixesSets);
        var told = new RecoveryProgress(progress, keys.Count, parts);
        var given = _engine.Each(latents[0], parts, (part, isAlone) =>
        {
            var run = new PartRun(part, [.. part.Rows.Select(r => keys[r])], draw, isAlone, stop);
            var recovered = RecoverPart([.. latents.Select(l => _engine.Select(l, part.Rows))], run);
            told.Add(part);
            return recovered;
        });
        return parts.Zip(given).SelectMany(p => p.First.Targets.Zip(p.Second, (target, x) => (target, Piece: (p.First.Rows, x))))
            .GroupBy(p => p.target, p => p.Piece)
            .OrderBy(pieces => pieces.Key)
            .ToDictionary(pieces => pieces.Key, pieces => _engine.Out(_engine.Place(latents[pieces.Key], [.. pieces])));
    }

    /// <summary>Recovers every missing modality of utterances that share an observed set.</summary>
    /// <inheritdoc cref="Recover(IReadOnlyList{T}, IReadOnlyList{Observation}, IReadOnlyList{ulong}, int, Action{int}, CancellationToken)"/>
    public IReadOnlyDictionary<int, T> Recover(
        IReadOnlyList<T> latents, Observation observed, IReadOnlyList<ulong> keys, int draw = 0, Action<int>? progress = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return Recover(latents, Everywhere(observed, keys.Count), keys, draw, progress, stop);
    }

    /// <summary>Latents of every modality: observed ones as they are, missing ones recovered.</summary>
    /// <inheritdoc cref="Recover(IReadOnlyList{T}, IReadOnlyList{Observation}, IReadOnlyList{ulong}, int, Action{int}, CancellationToken)"/>
    /// <returns>A value per modality, which the caller owns.</returns>
    public IReadOnlyList<T> Complete(
        IReadOnlyList<T> latents, IReadOnlyList<Observation> observed, IReadOnlyList<ulong> keys, int draw = 0, Action<int>? progress = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(latents);
        var recovered = Recover(latents, observed, keys, draw, progress, stop);
        return [.. latents.Select((l, m) => recovered.TryGetValue(m, out var x) ? x : _engine.Share(l))];
    }

    /// <summary>Passes recovered latents through their alignment decoders; observed ones stay as they are.</summary>
    /// <param name="latents">Latents of every modality.</param>
    /// <param name="observed">Which of them were observed, by row.</param>
    /// <returns>A value per modality, which the caller owns.</returns>
    public IReadOnlyList<T> Align(IReadOnlyList<T> latents, IReadOnlyList<Observation> observed)
    {
        ArgumentNullException.ThrowIfNull(latents);
        using var scope = _engine.Scope();
        return [.. latents.Select((x, m) =>
        {
            var missing = Rows(observed, o => !o.Contains(m));
            return _engine.Out(missing.Length == 0 ? _engine.Share(x)
                : missing.Length == observed.Count ? _engine.Align(m, x)
                : _engine.Place(x, [(missing, _engine.Align(m, _engine.Select(x, missing)))]));
        })];
    }

    /// <summary>Predicts from latents of every modality.</summary>
    /// <param name="latents">Observed as they are, missing ones recovered and aligned.</param>
    /// <param name="observed">Which of them were observed, by row.</param>
    /// <returns>One prediction per row.</returns>
    public float[] Fuse(IReadOnlyList<T> latents, IReadOnlyList<Observation> observed)
    {
        ArgumentNullException.ThrowIfNull(latents);
        ArgumentNullException.ThrowIfNull(observed);
        var width = _settings.Target.Width;
        var predictions = new float[observed.Count * width];
        foreach (var isComplete in (bool[])[true, false])
        {
            var rows = Rows(observed, o => o.Count == latents.Count == isComplete);
            if (rows.Length == 0)
            {
                continue;
            }

            using var scope = _engine.Scope();
            var chosen = rows.Length == observed.Count ? latents : [.. latents.Select(l => _engine.Select(l, rows))];
            var outputs = _engine.Fuse(chosen, isComplete);
            foreach (var (i, row) in rows.Index())
            {
                outputs.AsSpan(i * width, width).CopyTo(predictions.AsSpan(row * width));
            }
        }

        _settings.Target.Decode(predictions);

        return predictions;
    }

    /// <summary>The whole path.</summary>
    /// <inheritdoc cref="Recover(IReadOnlyList{T}, IReadOnlyList{Observation}, IReadOnlyList{ulong}, int, Action{int}, CancellationToken)"/>
    /// <returns>One prediction per utterance.</returns>
    public float[] Predict(
        IReadOnlyList<T> latents, IReadOnlyList<Observation> observed, IReadOnlyList<ulong> keys, int draw = 0, Action<int>? progress = null,
        CancellationToken stop = default)
    {
        using var scope = _engine.Scope();
        return Fuse(Align(Complete(latents, observed, keys, draw, progress, stop), observed), observed);
    }

    /// <summary>From here to its disposal, what the path makes is freed at the end, where the engine has anything to free.</summary>
    internal IDisposable? Scope() => _engine.Scope();

    internal static Observation[] Everywhere(Observation observed, int rows) => [.. Enumerable.Repeat(observed, rows)];

    private static int[] Rows(IReadOnlyList<Observation> observed, Func<Observation, bool> which) =>
        [.. Enumerable.Range(0, observed.Count).Where(row => which(observed[row]))];

    /// <summary>The latents of a part's targets, in their order.</summary>
    private IReadOnlyList<T> RecoverPart(IReadOnlyList<T> latents, PartRun run)
    {
        var targets = run.Part.Targets;
        if (_settings.Recovery == Recovery.None)
        {
            return [.. targets.Select(m => _engine.Zeros(latents[m]))]; // the mean of standardised latents
        }

        var given = Given(latents, run.Part.Observed);
        return targets.Count > 1 ? RecoverTogether(latents, given, run) : [RecoverOne(targets[0], latents, given, run)];
    }

    /// <summary>What the rows observe; what a row lacks is masked, and zero: nothing that it may be is looked at. A modality that no row has is left out.</summary>
    private List<PathCondition<T>> Given(IReadOnlyList<T> latents, IReadOnlyList<Observation> observed)
    {
        var given = new List<PathCondition<T>>();
        for (var m = 0; m < latents.Count; m++)
        {
            var present = observed.Count(o => o.Contains(m));
            if (present == observed.Count)
            {
                given.Add(new PathCondition<T>(m, latents[m]));
            }
            else if (present > 0)
            {
                given.Add(new PathCondition<T>(m, _engine.Blank(latents[m], [.. observed.Select(o => o.Contains(m))]), observed));
            }
        }

        return given;
    }

    private T RecoverOne(int target, IReadOnlyList<T> latents, IReadOnlyList<PathCondition<T>> given, PartRun run)
    {
        var guidance = _settings.Plan.Options.Guidance;
        using var score = Score(given);
        using var plain = _settings.Plan.Options.IsClassifierFree ? Score([]) : null;
        return Sample(latents[target], run.Noise(_settings.Seed, target), plain is null ? score.At : Guided, run.Stop);

        IPathScore<T> Score(IReadOnlyList<PathCondition<T>> under) =>
            _engine.Score(target, under, run.Part.Rows.Count, run.ConditionNoise(_settings.Seed, target), run.IsAlone);

        // Ho and Salimans 2022, equation 6; a velocity is linear in the score, so that the same holds for it.
        T Guided(ILatentArithmetic<T> a, T x, double t) => a.Plus(a.Times(score.At(a, x, t), 1 + guidance), plain.At(a, x, t), -guidance);
    }

    /// <summary>All targets are one state, their time axes end to end; each network also sees the others' part of it at the same t.</summary>
    private IReadOnlyList<T> RecoverTogether(IReadOnlyList<T> latents, IReadOnlyList<PathCondition<T>> given, PartRun run)
    {
        var missing = run.Part.Targets;
        List<T> like = [.. missing.Select(m => latents[m])];
        var noises = missing.ToDictionary(m => m, m => run.ConditionNoise(_settings.Seed, m));
        var together = Sample(_engine.Join(like), run.Noise(_settings.Seed, latents.Count), (a, x, t) =>
        {
            var current = missing.Zip(_engine.Split(x, like), (m, part) => new PathCondition<T>(m, part, IsNoisy: true)).ToList();
            return _engine.Join([.. current.Select(target =>
            {
                using var score = _engine.Score(target.Modality, [.. given, .. current.Where(c => c != target)], run.Part.Rows.Count, noises[target.Modality], run.IsAlone);
                return score.At(a, target.Latent, t);
            })]);
        }, run.Stop);
        return _engine.Split(together, like);
    }

    private T Sample(T like, RowNoise noise, LatentScore<T> score, CancellationToken stop)
    {
        var a = _engine.Arithmetic(Stoppable, noise);
        return _settings.Plan.Run(a, _settings.Process, SamplerSteps.Start(a, _settings.Process, like), _times);

        T Stoppable(ILatentArithmetic<T> of, T x, double t)
        {
            stop.ThrowIfCancellationRequested();
            return score(of, x, t);
        }
    }

    /// <summary>A part's work: whose noise, and when it ends.</summary>
    private sealed record PartRun(RecoveryPart Part, ulong[] Keys, int Draw, bool IsAlone, CancellationToken Stop)
    {
        public RowNoise Noise(ulong seed, int target) => RecoveryNoise.OfSampler(seed, Keys, Draw, target);

        public RowNoise ConditionNoise(ulong seed, int target) => RecoveryNoise.OfConditions(seed, Keys, Draw, target);
    }
}

/// <summary>How a path recovers.</summary>
/// <param name="Recovery">How several missing modalities are.</param>
/// <param name="MixesSets">
/// Whether utterances of several observed sets may go through the networks together: where conditions are clean. Noisy ones
/// take a draw per condition and evaluation, so rows with other conditions have to draw one by one.
/// </param>
/// <param name="Process">The path from data to noise.</param>
/// <param name="Plan">Sampler and time grid.</param>
/// <param name="Seed">Seed of the noise.</param>
/// <param name="Target">What is predicted.</param>
internal sealed record PathSettings(Recovery Recovery, bool MixesSets, IProcess Process, SamplingPlan Plan, ulong Seed, Target Target);

/// <summary>The noise of a recovery, the same for every engine: named by (seed, utterance, draw, target) and what it is for.</summary>
internal static class RecoveryNoise
{
    /// <summary>What a sampler starts from and adds.</summary>
    /// <param name="keys">A key per utterance.</param>
    /// <param name="target">The modality; their number where all missing ones are sampled together.</param>
    public static RowNoise OfSampler(ulong seed, IEnumerable<ulong> keys, int draw, int target) => Of(seed, keys, draw, target, use: 0);

    /// <summary>What the target's network sees its conditions perturbed by.</summary>
    /// <inheritdoc cref="OfSampler"/>
    public static RowNoise OfConditions(ulong seed, IEnumerable<ulong> keys, int draw, int target) => Of(seed, keys, draw, target, use: 1);

    private static RowNoise Of(ulong seed, IEnumerable<ulong> keys, int draw, int target, ulong use) =>
        new(keys.Select(key => new StableRandom(seed, key, (ulong)draw, (ulong)target, use).NextUInt64()));
}
