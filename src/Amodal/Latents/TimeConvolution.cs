using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Amodal.Latents;

/// <summary>
/// A convolution over time, stride 1, as one matrix product. Parameters are named, shaped and initialised like torch's
/// Conv1d.
/// </summary>
/// <remarks>
/// Not torch's own, because that goes through oneDNN, whose kernels in libtorch 2.10 give wrong numbers and NaN on some
/// processors when the input channels are not a multiple of the vector width (docs/native.md; a test shows it where it
/// happens).
/// </remarks>
public sealed class TimeConvolution : nn.Module<Tensor, Tensor>
{
    private readonly int _kernel;
    private readonly int _padding;
    [ComponentName(Name = "weight")]
    private readonly Parameter _weight; // (out, in, kernel)
    [ComponentName(Name = "bias")]
    private readonly Parameter? _bias;

    /// <summary>Creates the layer with torch's initial weights for a Conv1d: uniform within 1 / sqrt(in kernel).</summary>
    /// <param name="inputs">Channels in, at least 1.</param>
    /// <param name="outputs">Channels out, at least 1.</param>
    /// <param name="kernel">Steps that one output sees, at least 1.</param>
    /// <param name="padding">Zero steps put on each side, at least 0.</param>
    /// <param name="bias">Whether there is one.</param>
    public TimeConvolution(int inputs, int outputs, int kernel, int padding = 0, bool bias = true)
        : base(nameof(TimeConvolution))
    {
        (_kernel, _padding) = (kernel, padding);
        var bound = 1 / Math.Sqrt(inputs * kernel);
        _weight = new Parameter(nn.init.uniform_(empty(outputs, inputs, kernel), -bound, bound));
        _bias = bias ? new Parameter(nn.init.uniform_(empty(outputs), -bound, bound)) : null;
        RegisterComponents();
    }

    /// <summary>Convolves.</summary>
    /// <param name="x">(batch, channels, time).</param>
    /// <returns>(batch, channels', time + 2 padding - kernel + 1).</returns>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var steps = x.transpose(1, 2); // (batch, time, channels): a step's numbers lie together for the product
        if (_padding > 0)
        {
            steps = nn.functional.pad(steps, [0, 0, _padding, _padding]);
        }

        var length = steps.shape[1] - _kernel + 1;
        var windows = _kernel == 1 ? steps : cat([.. Enumerable.Range(0, _kernel).Select(k => steps.narrow(1, k, length))], 2);
        // (out, in, kernel) -> (out, kernel in), the order in which the windows hold their steps.
        var weight = _weight.transpose(1, 2).reshape(_weight.shape[0], -1);
        return nn.functional.linear(windows, weight, _bias).transpose(1, 2).MoveToOuterDisposeScope();
    }
}
