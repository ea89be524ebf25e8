using static TorchSharp.torch.nn.functional;

namespace Amodal.Alignment;

/// <summary>
/// A residual channel-attention block (RCAN, Zhang et al. 2018) on (batch, time, channels): convolution, ReLU,
/// convolution, each channel scaled by a gate that sees all channels' means over time; added to the input.
/// </summary>
internal sealed class ChannelAttentionBlock : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "convolution1")] private readonly TimeConvolution _convolution1;
    [ComponentName(Name = "convolution2")] private readonly TimeConvolution _convolution2;
    [ComponentName(Name = "squeeze")] private readonly TimeConvolution _squeeze;
    [ComponentName(Name = "excite")] private readonly TimeConvolution _excite;

    public ChannelAttentionBlock(int channels, int reduction)
        : base(nameof(ChannelAttentionBlock))
    {
        _convolution1 = new TimeConvolution(channels, channels, 3, padding: 1);
        _convolution2 = new TimeConvolution(channels, channels, 3, padding: 1);
        _squeeze = new TimeConvolution(channels, channels / reduction, 1);
        _excite = new TimeConvolution(channels / reduction, channels, 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var body = _convolution2.forward(relu(_convolution1.forward(x)));
        return x.Plus(ScaleChannels(body)).MoveToOuterDisposeScope();
    }

    /// <summary>x times a gate in (0, 1) per row and channel.</summary>
    internal Tensor ScaleChannels(Tensor x)
    {
        using var scope = NewDisposeScope();
        var gate = _excite.forward(relu(_squeeze.forward(x.mean([1], keepdim: true)))).sigmoid();
        return (x * gate).MoveToOuterDisposeScope();
    }
}
