namespace Amodal.Prediction;

/// <summary>
/// What an engine brings to <see cref="LatentPath{T}"/>: trained networks, and what is done with batches of its own kind of
/// value, (row, channels, time) each. Every operation gives a new value and changes none.
/// </summary>
/// <typeparam name="T">A batch of latents.</typeparam>
internal interface ILatentEngine<T>
{
    /// <summary>How many rows a part of a batch has, for work side by side.</summary>
    int RowsFor(T like, int rows);

    /// <summary>Works on parts, side by side where that pays, and frees what is made on the way.</summary>
    /// <param name="work">On one part, and whether it is alone, so that every thread may serve it; called on several threads at once.</param>
    /// <returns>What each part gave, in order.</returns>
    IReadOnlyList<IReadOnlyList<T>> Each(T like, IReadOnlyList<RecoveryPart> parts, Func<RecoveryPart, bool, IReadOnlyList<T>> work);

    /// <summary>From here to its disposal, what is made is freed at the end, but for what <see cref="Out"/> lets out.</summary>
    IDisposable? Scope();

    /// <summary>Lets a value out of the scope.</summary>
    T Out(T x);

    /// <summary>The same values, with a life of their own.</summary>
    T Share(T x);

    /// <summary>Some rows, in that order.</summary>
    T Select(T x, IReadOnlyList<int> rows);

    /// <summary>A batch with some of its rows replaced.</summary>
    T Place(T x, IReadOnlyList<(IReadOnlyList<int> Rows, T Values)> pieces);

    /// <summary>Zeros, shaped as like.</summary>
    T Zeros(T like);

    /// <summary>Rows that are not present become zero, whatever they hold.</summary>
    T Blank(T x, bool[] present);

    /// <summary>Several latents as one whose time axis is theirs end to end.</summary>
    T Join(IReadOnlyList<T> parts);

    /// <summary>The parts of one latent, shaped as those it was joined of.</summary>
    IReadOnlyList<T> Split(T joined, IReadOnlyList<T> like);

    /// <summary>The samplers' arithmetic.</summary>
    ILatentArithmetic<T> Arithmetic(LatentScore<T>? score, RowNoise noise);

    /// <summary>The score, or the velocity, of a modality under conditions; what they alone determine is worked out here, once.</summary>
    /// <param name="given">The conditions; none gives what the modality is by itself.</param>
    /// <param name="rows">How many are recovered.</param>
    /// <param name="noise">What perturbs them, where they are not shown clean.</param>
    IPathScore<T> Score(int target, IReadOnlyList<PathCondition<T>> given, int rows, RowNoise noise, bool isAlone);

    /// <summary>Takes recovered latents of a modality to where true ones lie.</summary>
    T Align(int modality, T recovered);

    /// <summary>Predicts from latents of every modality.</summary>
    /// <returns>One prediction per row.</returns>
    float[] Fuse(IReadOnlyList<T> latents, bool allObserved);
}

/// <summary>A score with its conditions fixed. Owns what it prepared.</summary>
internal interface IPathScore<T> : IDisposable
{
    /// <inheritdoc cref="LatentScore{T}"/>
    T At(ILatentArithmetic<T> a, T x, double t);
}

/// <summary>A modality that a score network is given.</summary>
/// <param name="Latent">Its latents, (row, channels, time); zero in rows that lack it.</param>
/// <param name="Observed">What is observed of each row; null when all have the modality.</param>
/// <param name="IsNoisy">Whether they stand at the target's time (joint recovery) and not at 0.</param>
internal sealed record PathCondition<T>(int Modality, T Latent, IReadOnlyList<Observation>? Observed = null, bool IsNoisy = false)
{
    /// <summary>By row, whether it has the modality; null when all have it.</summary>
    public bool[]? Present => Observed is null ? null : [.. Observed.Select(o => o.Contains(Modality))];
}

/// <summary>Utterances that are recovered in one sampling run, a network call an evaluation and target.</summary>
/// <param name="Targets">What is recovered: one modality, or all that the rows lack, together.</param>
/// <param name="Rows">The utterances' places in the request; those of an observed set stand together.</param>
/// <param name="Observed">The observed set of each.</param>
internal sealed record RecoveryPart(IReadOnlyList<int> Targets, IReadOnlyList<int> Rows, IReadOnlyList<Observation> Observed);
