namespace Amodal.Methods.Fills;

/// <summary>
/// Ridge regression between latents, for every observed set its own: <c>x_M = S_MO (S_OO + c I)^-1 x_O</c>, with the covariance S of the
/// training latents and c, in units of the mean variance of what is observed, chosen on validation.
/// </summary>
internal sealed class RidgeFill : LatentFill
{
    private static readonly double[] _penalties = [1e-3, 1e-2, 0.03, 0.1, 0.3, 1, 3, 10];
    private readonly NumberLayout _layout;

    public RidgeFill(FillContext context)
        : base(nameof(RidgeFill))
    {
        _layout = context.Layout;
        register_buffer("covariance", zeros(_layout.Count, _layout.Count, dtype: ScalarType.Float64));
        register_buffer("penalty", zeros(1, dtype: ScalarType.Float64));
        RegisterComponents();
    }

    /// <summary>Its line in the catalogue.</summary>
    public static MethodDescriptor Descriptor { get; } = FillMethod.Describe(
        "ridge-fill", "Ridge regression from the observed latents to the missing ones. Costs: a training of the fusion beside the classifiers, a linear system for an observed set.", context => new RidgeFill(context));

    // Of two modalities over the rows that have both.
    protected override void Fit(FillData data)
    {
        var (x, held) = (data.Train.to(ScalarType.Float64), data.Layout.Mask(data.Present, data.Train.device).to(ScalarType.Float64));
        get_buffer("covariance")!.copy_(x.t().matmul(x) / held.t().matmul(held).clamp_min(1));
        get_buffer("penalty")!.fill_(data.Best(_penalties, (penalty, rows, observed) => Fill(rows.Numbers, observed, penalty)));
    }

    public override Tensor Fill(FillRows rows, ModalitySet observed) => Fill(rows.Numbers, observed, get_buffer("penalty")!.item<double>());

    private Tensor Fill(Tensor numbers, ModalitySet observed, double penalty)
    {
        using var scope = NewDisposeScope();
        var given = _layout.Columns(observed, numbers.device);
        var rows = get_buffer("covariance")!.index_select(0, given);
        var own = rows.index_select(1, given);
        var unit = own.diagonal().mean().clamp_min(1e-300);
        var weights = linalg.solve(own + (eye(own.shape[0], dtype: own.dtype, device: own.device) * unit).Times(penalty), rows);
        return numbers.index_select(1, given).matmul(weights.to(ScalarType.Float32)).MoveToOuterDisposeScope();
    }
}
