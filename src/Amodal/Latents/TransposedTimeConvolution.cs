using static TorchSharp.torch.nn.functional;

namespace Amodal.Latents;

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
