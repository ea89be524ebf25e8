namespace Amodal.Methods.Fills;

/// <summary>
/// Ridge regression between latents, for every observed set its own: <c>x_M = S_MO (S_OO + c I)^-1 x_O</c>, with the covariance S of the
/// training latents and c, in units of the mean variance of what is observed, chosen on validation.
/// </summary>
internal sealed class RidgeFill : RegressionFill
{
    private static readonly double[] _penalties = [1e-3, 1e-2, 0.03, 0.1, 0.3, 1, 3, 10];

    public RidgeFill(FillContext context)
        : base(nameof(RidgeFill), context.Layout)
    {
        register_buffer("covariance", zeros(Layout.Count, Layout.Count, dtype: ScalarType.Float64));
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
        get_buffer("penalty")!.fill_(data.Best(_penalties, (penalty, rows, observed) => Fill(rows.Numbers, observed, Weights(observed, penalty))));
    }

    protected override Tensor Weights(ModalitySet observed) => Weights(observed, get_buffer("penalty")!.item<double>());

    private Tensor Weights(ModalitySet observed, double penalty) => Solve(get_buffer("covariance")!, observed, own =>
    {
        var unit = own.diagonal().mean().clamp_min(1e-300);
        return own + (eye(own.shape[0], dtype: own.dtype, device: own.device) * unit).Times(penalty);
    });
}
