using static TorchSharp.torch.nn.functional;

namespace Amodal.Latents;

/// <summary>
/// A convolution over time as one matrix product of each step's neighbourhood, on (batch, time, channels). Same weights,
/// keys and initial values as torch's Conv1d.
/// </summary>
/// <remarks>
/// libtorch 2.10's own conv1d gave wrong numbers, silently, on an AVX-512 machine: kernel 3, batch 2 and more, channels
/// that are no multiple of 16 (20, 35 and 74 -> 32 forward; 8 -> 8 and 32 -> 20 in the gradient, some not a number). A
/// test holds this class against sums worked out by hand.
/// </remarks>
internal sealed class TimeConvolution : nn.Module<Tensor, Tensor>
{
    private readonly int _padding;
    private readonly int _stride;
    private readonly Parameter weight; // (outputs, inputs, kernel); field names are checkpoint keys
    private readonly Parameter? bias;

    /// <param name="hasBias">Whether there is a bias per channel out.</param>
    public TimeConvolution(int inputs, int outputs, int kernel, int padding = 0, bool hasBias = true, int stride = 1)
        : base(nameof(TimeConvolution))
    {
        (_padding, _stride) = (padding, stride);
        var bound = 1 / Math.Sqrt(inputs * kernel);
        weight = new Parameter(nn.init.uniform_(empty(outputs, inputs, kernel), -bound, bound));
        bias = hasBias ? new Parameter(nn.init.uniform_(empty(outputs), -bound, bound)) : null;
        RegisterComponents();
    }

    /// <param name="x">(batch, time, inputs).</param>
    /// <returns>(batch, (time + 2 padding - kernel) / stride + 1, outputs).</returns>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var kernel = weight.shape[2];
        if (kernel == 1 && _padding == 0 && _stride == 1)
        {
            return linear(x, weight.squeeze(2), bias).MoveToOuterDisposeScope();
        }

        var padded = _padding == 0 ? x : pad(x, [0, 0, _padding, _padding]);
        var reach = (padded.shape[1] - kernel) / _stride * _stride; // from the first result's step to the last's
        var neighbours = cat(Enumerable.Range(0, (int)kernel).Select(k => padded.slice(1, k, k + reach + 1, _stride)).ToList(), 2);
        return linear(neighbours, weight.transpose(1, 2).reshape(weight.shape[0], -1), bias).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// The transpose of <see cref="TimeConvolution"/>, which makes sequences longer, on (batch, time, channels): every step
/// adds its weighted channels to the steps that the convolution would have taken it from. Same weights, keys and initial
/// values as torch's ConvTranspose1d; ours for the reason given there.
/// </summary>
internal sealed class TransposedTimeConvolution : nn.Module
{
    private readonly int _stride;
    private readonly int _padding;
    private readonly Parameter weight; // (inputs, outputs, kernel); field names are checkpoint keys
    private readonly Parameter? bias;

    /// <param name="kernel">Steps that a step adds to, at least the stride.</param>
    /// <param name="hasBias">Whether there is a bias per channel out.</param>
    public TransposedTimeConvolution(int inputs, int outputs, int kernel, int stride = 1, int padding = 0, bool hasBias = true)
        : base(nameof(TransposedTimeConvolution))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(kernel, stride);
        (_stride, _padding) = (stride, padding);
        var bound = 1 / Math.Sqrt(outputs * kernel);
        weight = new Parameter(nn.init.uniform_(empty(inputs, outputs, kernel), -bound, bound));
        bias = hasBias ? new Parameter(nn.init.uniform_(empty(outputs), -bound, bound)) : null;
        RegisterComponents();
    }

    /// <param name="x">(batch, time, inputs).</param>
    /// <returns>(batch, length, outputs).</returns>
    public Tensor Forward(Tensor x, long length)
    {
        using var scope = NewDisposeScope();
        var (outputs, kernel, time) = (weight.shape[1], (int)weight.shape[2], x.shape[1]);
        var shares = x.matmul(weight.permute(0, 2, 1).reshape(weight.shape[0], -1)).view(x.shape[0], time, kernel, outputs);
        // Before the cut, step stride q + r is the sum over j of what step q - j adds by the kernel's entry stride j + r.
        var rows = time + ((kernel - 1) / _stride);
        var phases = Enumerable.Range(0, _stride).Select(r => Enumerable.Range(0, (kernel - 1 - r) / _stride + 1)
            .Select(j => pad(shares.select(2, (_stride * j) + r), [0, 0, j, rows - time - j]))
            .Aggregate((sum, next) => sum.Plus(next))).ToList();
        var answer = stack(phases, 2).view(x.shape[0], rows * _stride, outputs).narrow(1, _padding, length);
        return (bias is null ? answer.contiguous() : answer.Plus(bias)).MoveToOuterDisposeScope();
    }
}
