namespace Amodal.Methods.LinearFirst;

/// <summary>
/// Trains the head of a model, with the rest of it frozen, to say how far it errs: of scores the logarithm s of the error's variance,
/// by the negative log-likelihood of a Gaussian, (s + (y - prediction)^2 exp(-s)) / 2, each utterance with a random observed set.
/// </summary>
internal sealed class VarianceStage : AveragedStage
{
    private const double LeastVariance = 1e-12;
    private readonly LinearFirstModel _model;
    private readonly ResidualRows _rows;
    private readonly IReadOnlyList<ModalitySet> _sets;
    private readonly IReadOnlyList<(int Label, int Output)> _scores;

    /// <param name="model">With a head, which the average is in.</param>
    /// <param name="sets">The observed sets that are drawn, and validated.</param>
    public VarianceStage(string name, ulong seed, LinearFirstModel model, ResidualRows rows, IReadOnlyList<ModalitySet> sets)
        : base(name, seed, model.Head!, model.CreateNetwork(), model.Options, [.. rows.Train.All.Where(row => rows.Train.IsLabelled[(int)row])], rows.Train.Labels.device)
    {
        (_model, _rows, _sets) = (model, rows, sets);
        _scores = rows.Target is SeveralTarget several ? [.. several.Places().Where(p => p.Target is not ClassTarget).Select(p => (p.Label, p.Output))]
            : rows.Target is ClassTarget ? [] : [(0, 0)];
        Match(); // so that training begins at the size of the errors
    }

    /// <summary>Whether there is anything to be said.</summary>
    public bool HasScores => _scores.Count > 0;

    /// <summary>Moves s, by score, so that on the validation split the variance is the squared error on average over the observed sets.</summary>
    public void Match()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var errors = _sets.Select(set => Errors(_rows.Valid, Asked(set), _model.Head!)).ToList();
        var shift = zeros(_rows.Target.Width, device: _rows.Valid.Labels.device);
        foreach (var (i, score) in _scores.Index())
        {
            shift[score.Output] = Math.Log(Math.Max(LeastVariance, errors.Average(of => Mean(of[i].Known, of[i].Squares * (-of[i].Said).exp()).item<float>())));
        }

        _model.Head!.Shift(shift);
        Live.Shift(shift);
    }

    /// <summary>The loss of the kept network, averaged over the observed sets.</summary>
    public override double Validate(CancellationToken stop)
    {
        using var noGradient = no_grad();
        return _sets.Average(observed =>
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            return Loss(_rows.Valid, Asked(observed), _model.Head!).item<float>();
        });
    }

    protected override Tensor Loss(IReadOnlyList<long> rows, StableRandom random) =>
        Loss(_rows.Train, [.. rows.Select(row => (row, _rows.Train.Observed(row, _sets[random.NextInt(_sets.Count)])))], Live);

    private List<(long Row, ModalitySet Observed)> Asked(ModalitySet observed) => [.. _rows.Valid.All.Select(row => (row, _rows.Valid.Observed(row, observed)))];

    private Tensor Loss(ResidualRows.Part part, IReadOnlyList<(long Row, ModalitySet Observed)> rows, ResidualNetwork head) =>
        Errors(part, rows, head).Select(e => Mean(e.Known, (e.Said + (e.Squares * (-e.Said).exp())) / 2)).Aggregate((a, b) => a + b);

    /// <summary>By score and row the squared error, what the head says of it, and whether there is a label.</summary>
    private List<(Tensor Squares, Tensor Said, Tensor Known)> Errors(ResidualRows.Part part, IReadOnlyList<(long Row, ModalitySet Observed)> rows, ResidualNetwork head)
    {
        var (said, order) = _model.Predict(part.Numbers, rows, head);
        Tensor predicted;
        using (no_grad())
        {
            predicted = _model.Predict(part.Numbers, rows, _model.Networks[0]).Outputs; // in the same order
        }

        var labels = part.Labels.index_select(0, tensor(order, device: part.Labels.device));
        return [.. _scores.Select(s =>
        {
            var errors = Of(labels, s.Label) - Of(predicted, s.Output);
            var known = errors.isfinite();
            return (where(known, errors, zeros_like(errors)).square(), Of(said, s.Output), known);
        })];

        static Tensor Of(Tensor x, int column) => x.view(x.shape[0], -1).select(1, column);
    }

    private static Tensor Mean(Tensor known, Tensor x) => (x * known).sum() / known.sum().clamp_min(1);
}
