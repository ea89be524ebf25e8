namespace Amodal.Prediction;

/// <summary>The path computed by torch, on tensors of any device; nothing records a gradient. Owns no network.</summary>
/// <param name="score">A modality's score, or velocity, under conditions.</param>
/// <param name="align">A modality's alignment, (batch, channels, time) to the same.</param>
/// <param name="fuse">From latents of every modality, and whether all were observed, to (batch).</param>
/// <param name="flops">Floating-point operations of one evaluation for one utterance, of a target under conditions; 0 where they are not told.</param>
internal sealed class TorchEngine(
    Func<int, IReadOnlyList<Condition>, INoise, ScoreFunction> score, Func<int, Tensor, Tensor> align,
    Func<IReadOnlyList<Tensor>, bool, Tensor> fuse, Func<int, IReadOnlyList<int>, long> flops) : ILatentEngine<Tensor>
{
    /// <summary>Score networks, or networks that learned a flow, one per modality and in evaluation mode.</summary>
    /// <param name="guide">What a score becomes, of a target under conditions; null where nothing guides it.</param>
    public static TorchEngine Of(
        IReadOnlyList<IScoreNetwork> networks, Objective objective, IProcess process, Conditioning conditioning,
        Func<int, Tensor, Tensor> align, Func<IReadOnlyList<Tensor>, bool, Tensor> fuse, Func<ScoreFunction, int, IReadOnlyList<Condition>, ScoreFunction>? guide = null) => new(
            (target, given, noise) =>
            {
                var score = objective == Objective.Flow ? ConditionalVelocity.Of(networks[target], given)
                    : ConditionalScore.Of(networks[target], process, conditioning, given, noise);
                return guide?.Invoke(score, target, given) ?? score;
            },
            align, fuse, (target, given) => networks[target].CountFlops(given));

    public int RowsFor(Tensor like, int rows) => new TorchParts(like.device).RowsFor(rows);

    public IReadOnlyList<IReadOnlyList<Tensor>> Each(Tensor like, IReadOnlyList<RecoveryPart> parts, Func<RecoveryPart, bool, IReadOnlyList<Tensor>> work) =>
        new TorchParts(like.device).Each(
            parts, part => work(part, false), part => part.Rows.Count * part.Targets.Max(m => flops(m, [.. part.Observed[0].Modalities.Members])));

    public IDisposable Scope() => new Ungraded();

    public Tensor Out(Tensor x) => x.MoveToOuterDisposeScope();

    public Tensor Share(Tensor x) => x.alias();

    /// <remarks>Rows one after the other, as nearly all are, are looked at and not copied.</remarks>
    public Tensor Select(Tensor x, IReadOnlyList<int> rows) => rows.Count > 0 && rows[^1] - rows[0] == rows.Count - 1 && IsAscending(rows)
        ? Rows(x, rows[0], rows.Count)
        : x.index_select(0, tensor(rows.Select(row => (long)row).ToArray(), device: x.device));

    public Tensor Place(Tensor x, IReadOnlyList<(IReadOnlyList<int> Rows, Tensor Values)> pieces)
    {
        using var scope = NewDisposeScope();
        var others = Enumerable.Range(0, (int)x.shape[0]).Except(pieces.SelectMany(p => p.Rows)).ToList();
        int[] rows = [.. pieces.SelectMany(p => p.Rows), .. others];
        var places = new int[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            places[rows[i]] = i;
        }

        List<Tensor> values = [.. pieces.Select(p => p.Values)];
        if (others.Count > 0)
        {
            values.Add(Select(x, others));
        }

        return Select(cat(values), places).MoveToOuterDisposeScope();
    }

    public Tensor Zeros(Tensor like) => zeros_like(like);

    public Tensor Blank(Tensor x, bool[] present)
    {
        using var scope = NewDisposeScope();
        return where(tensor(present, device: x.device).view(-1, 1, 1), x, zeros_like(x)).MoveToOuterDisposeScope();
    }

    public Tensor Join(IReadOnlyList<Tensor> parts) => cat([.. parts], 2);

    public IReadOnlyList<Tensor> Split(Tensor joined, IReadOnlyList<Tensor> like) =>
        joined.split([.. like.Select(x => x.shape[2])], 2);

    public ILatentArithmetic<Tensor> Arithmetic(LatentScore<Tensor>? score, RowNoise noise) => new TensorArithmetic(score, new UtteranceNoise(noise));

    public IPathScore<Tensor> Score(int target, IReadOnlyList<PathCondition<Tensor>> given, int rows, RowNoise noise, bool isAlone) => new Prepared(score(
        target,
        [.. given.Select(c => new Condition(c.Modality, c.Latent, c.Present is null ? null : tensor(c.Present, device: c.Latent.device), c.IsNoisy))],
        new UtteranceNoise(noise)));

    public Tensor Align(int modality, Tensor recovered) => InParts(recovered, (start, count) => align(modality, recovered.narrow(0, start, count)));

    public float[] Fuse(IReadOnlyList<Tensor> latents, bool allObserved)
    {
        using var scope = Scope();
        return [.. InParts(latents[0], (start, count) => fuse([.. latents.Select(l => Rows(l, start, count))], allObserved)).cpu().data<float>()];
    }

    private static bool IsAscending(IReadOnlyList<int> rows) => Enumerable.Range(1, rows.Count - 1).All(i => rows[i] == rows[i - 1] + 1);

    private static Tensor Rows(Tensor x, int start, int count) => x.narrow(0, start, count).contiguous();

    /// <summary>Applies a function to some of the rows at a time, told by the first and their number, side by side, and joins what it gives.</summary>
    private static Tensor InParts(Tensor like, Func<int, int, Tensor> apply)
    {
        using var scope = NewDisposeScope();
        var (work, rows) = (new TorchParts(like.device), (int)like.shape[0]);
        var size = work.RowsFor(rows);
        int[] starts = [.. Enumerable.Range(0, (rows + size - 1) / size).Select(i => i * size)];
        return cat([.. work.Each(starts, start => [apply(start, Math.Min(size, rows - start))]).Select(given => given[0])]).MoveToOuterDisposeScope();
    }

    private sealed class Prepared(ScoreFunction score) : IPathScore<Tensor>
    {
        public Tensor At(ILatentArithmetic<Tensor> a, Tensor x, double t) => score(x, ScalarArithmetic.Constant(x.shape[0], t, x));

        public void Dispose()
        {
            // what was prepared belongs to the part's dispose scope
        }
    }

    /// <summary>A dispose scope without gradients.</summary>
    private sealed class Ungraded : IDisposable
    {
        private readonly IDisposable _noGradient = no_grad();
        private readonly IDisposable _scope = NewDisposeScope();

        public void Dispose()
        {
            _scope.Dispose();
            _noGradient.Dispose();
        }
    }
}
