using static TorchSharp.torch.nn;

namespace Amodal.Methods.Dicmor;

/// <summary>
/// A flow of the kind of Glow (Kingma and Dhariwal 2018) on (row, time, channels), invertible. A step scales and shifts each channel, mixes
/// channels by an invertible matrix, and couples: the first half a stays, and of it an MLP gives s and t for the second, b:
/// <code>b' = (b + t) s, s = sigmoid(log s + 2).</code>
/// The released DiCMoR has the coupling only, so that the first half passes through all steps unchanged.
/// </summary>
internal sealed class Flow : Module
{
    private readonly int _kept;
    private readonly FlowKind _kind;
    [ComponentName(Name = "steps")] private readonly ModuleList<Step> _steps;

    public Flow(int channels, int steps, FlowKind kind)
        : base(nameof(Flow))
    {
        (_kept, _kind) = (channels - (channels / 2), kind);
        _steps = ModuleList(Enumerable.Range(0, steps).Select(_ => new Step(channels, channels / 2, kind)).ToArray());
        RegisterComponents();
    }

    /// <summary>z of x, and of each row the logarithm of the determinant's size.</summary>
    public (Tensor Z, Tensor LogDeterminant) Run(Tensor x)
    {
        var sum = zeros(x.shape[0], device: x.device);
        foreach (var step in _steps)
        {
            if (_kind == FlowKind.Paper)
            {
                x = ((x + step.Shift) * step.LogScale.exp()).matmul(step.Mix);
                sum = sum.Plus(step.LogScale.sum().Plus(linalg.slogdet(step.Mix).Item2), x.shape[1]);
            }

            var (a, b) = (x.narrow(2, 0, _kept), x.narrow(2, _kept, x.shape[2] - _kept));
            var (scale, shift) = step.Couple(a);
            x = cat([a, b.Plus(shift) * scale], 2);
            sum = sum.Plus(scale.log().sum([1, 2]));
        }

        return (x, sum);
    }

    /// <summary>x of z.</summary>
    public Tensor Inverse(Tensor z)
    {
        foreach (var step in _steps.Reverse())
        {
            var (a, b) = (z.narrow(2, 0, _kept), z.narrow(2, _kept, z.shape[2] - _kept));
            var (scale, shift) = step.Couple(a);
            z = cat([a, (b / scale) - shift], 2);
            if (_kind == FlowKind.Paper)
            {
                z = (z.matmul(linalg.inv(step.Mix)) / step.LogScale.exp()) - step.Shift;
            }
        }

        return z;
    }

    private sealed class Step : Module
    {
        private const int Hidden = 64;
        [ComponentName(Name = "shift")] private readonly Parameter? _shift;
        [ComponentName(Name = "logScale")] private readonly Parameter? _logScale;
        [ComponentName(Name = "mix")] private readonly Parameter? _mix;
        [ComponentName(Name = "couple")] private readonly Sequential _couple;

        public Step(int channels, int changed, FlowKind kind)
            : base(nameof(Step))
        {
            if (kind == FlowKind.Paper)
            {
                (_shift, _logScale) = (new Parameter(zeros(channels)), new Parameter(zeros(channels)));
                _mix = new Parameter(init.orthogonal_(empty(channels, channels)));
            }

            var last = Linear(Hidden, 2 * changed);
            init.zeros_(last.weight);
            init.zeros_(last.bias);
            _couple = Sequential(Linear(channels - changed, Hidden), ReLU(), Linear(Hidden, Hidden), ReLU(), last);
            RegisterComponents();
        }

        public Tensor Shift => _shift!;

        public Tensor LogScale => _logScale!;

        public Tensor Mix => _mix!;

        public (Tensor Scale, Tensor Shift) Couple(Tensor a)
        {
            var both = _couple.forward(a).chunk(2, 2);
            return (both[0].Plus(2).sigmoid(), both[1]);
        }
    }
}

/// <summary>What a step of the flow does.</summary>
internal enum FlowKind
{
    /// <summary>Scales, mixes and couples channels, as the paper has it.</summary>
    Paper,

    /// <summary>Couples them only, as the released code does.</summary>
    Released,
}
