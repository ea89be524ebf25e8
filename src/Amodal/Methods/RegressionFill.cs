namespace Amodal.Methods;

/// <summary>
/// A linear map from the observed numbers to all, for every observed set its own: <c>x = A_O (A_OO + penalty)^-1 x_O</c>, of a symmetric
/// matrix A. A set's weights are solved when they are first asked for, and kept: a batch would cost a linear system otherwise.
/// </summary>
internal abstract class RegressionFill(string name, NumberLayout layout) : LatentFill(name)
{
    private const long MostKept = 32 << 20; // numbers: 128 MiB
    private readonly SolvedSets _weights = new(MostKept);

    protected NumberLayout Layout => layout;

    public sealed override void Train(string stage, FillData data, IStageSequence stages)
    {
        _weights.Dispose(); // of what was learned before
        base.Train(stage, data, stages);
    }

    public sealed override Tensor Fill(FillRows rows, ModalitySet observed)
    {
        using var scope = NewDisposeScope();
        return Fill(rows.Numbers, observed, _weights.Of(observed, () => Weights(observed))).MoveToOuterDisposeScope();
    }

    /// <summary>The weights of a set by what was learned, from <see cref="Solve"/>.</summary>
    protected abstract Tensor Weights(ModalitySet observed);

    /// <summary>Weights of a set, (observed numbers, numbers).</summary>
    /// <param name="withPenalty">Adds the penalty to the observed block.</param>
    protected Tensor Solve(Tensor matrix, ModalitySet observed, Func<Tensor, Tensor> withPenalty)
    {
        using var scope = NewDisposeScope();
        var given = layout.Columns(observed, matrix.device);
        var rows = matrix.index_select(0, given);
        return linalg.solve(withPenalty(rows.index_select(1, given)), rows).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    protected Tensor Fill(Tensor numbers, ModalitySet observed, Tensor weights)
    {
        using var scope = NewDisposeScope();
        return numbers.index_select(1, layout.Columns(observed, numbers.device)).matmul(weights).MoveToOuterDisposeScope();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _weights.Dispose();
        }

        base.Dispose(disposing);
    }
}
