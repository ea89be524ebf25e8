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
