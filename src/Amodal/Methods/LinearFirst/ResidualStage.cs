namespace Amodal.Methods.LinearFirst;

/// <summary>Trains a network on what the linear part leaves, each utterance with a random observed set.</summary>
internal sealed class ResidualStage : AveragedStage
{
    private readonly LinearFirstModel _model;
    private readonly ResidualNetwork _kept;
    private readonly LinearFirstOptions _options;
    private readonly ResidualRows _rows;
    private readonly IReadOnlyList<ModalitySet> _sets;
    private readonly Tensor? _answers;

    /// <inheritdoc cref="AveragedStage"/>
    /// <param name="kept">Where the average is.</param>
    /// <param name="sets">The observed sets that are drawn, and validated.</param>
    /// <param name="answers">A teacher's of every training row, as <see cref="LinearFirstModel"/> gives them; null to learn from labels alone.</param>
    public ResidualStage(string name, ulong seed, LinearFirstModel model, ResidualNetwork kept, ResidualRows rows, IReadOnlyList<ModalitySet> sets, Tensor? answers = null)
        : base(name, seed, kept, model.CreateNetwork(), model.Options,
            [.. rows.Train.All.Where(row => answers is not null || rows.Train.IsLabelled[(int)row])], rows.Train.Labels.device) =>
        (_model, _kept, _options, _rows, _sets, _answers) = (model, kept, model.Options, rows, sets, answers);

    /// <summary>The loss of the kept network, averaged over the observed sets.</summary>
    public override double Validate(CancellationToken stop)
    {
        using var noGradient = no_grad();
        return _rows.Sets.Mean(_sets, observed =>
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (outputs, order) = _model.Predict(_rows.Valid.Numbers, _rows.Valid.All.Select(row => (row, _rows.Valid.Observed(row, observed))), _kept);
            return TargetLoss.Mean(_rows.Target, outputs, At(_rows.Valid.Labels, order)).item<float>();
        });
    }

    protected override Tensor Loss(IReadOnlyList<long> rows, StableRandom random)
    {
        var drawn = rows.Select(row => (row, _rows.Train.Observed(row, _rows.Sets.Draw(_sets, random)))).ToList();
        var (outputs, order) = _model.Predict(_rows.Train.Numbers, drawn, Live);
        if (_answers is null)
        {
            return TargetLoss.Mean(_rows.Target, outputs, At(_rows.Train.Labels, order));
        }

        var taught = TargetLoss.Taught(_rows.Target, outputs, At(_answers, order)) * _options.Teacher;
        long[] labelled = [.. Enumerable.Range(0, order.Length).Where(i => _rows.Train.IsLabelled[(int)order[i]]).Select(i => (long)i)];
        return labelled.Length == 0 ? taught
            : taught + ((1 - _options.Teacher) * TargetLoss.Mean(_rows.Target, At(outputs, labelled), At(_rows.Train.Labels, [.. labelled.Select(i => order[i])])));
    }

    private static Tensor At(Tensor x, long[] rows)
    {
        using var index = tensor(rows, device: x.device);
        return x.index_select(0, index);
    }
}
