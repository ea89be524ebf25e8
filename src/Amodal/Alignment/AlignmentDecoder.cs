using static TorchSharp.torch.nn.functional;

namespace Amodal.Alignment;

/// <summary>
/// The alignment decoder D_m of one modality (thesis, 5.1.6): a one-dimensional RCAN (Zhang et al. 2018) that takes a
/// recovered latent to where true latents lie. Any length from 1.
/// </summary>
internal sealed class AlignmentDecoder : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "input")] private readonly TimeConvolution _input;
    [ComponentName(Name = "blocks")] private readonly ModuleList<ChannelAttentionBlock> _blocks;
    [ComponentName(Name = "closing")] private readonly TimeConvolution _closing;
    [ComponentName(Name = "output")] private readonly TimeConvolution _output;

    /// <summary>Creates the decoder with torch's initial weights.</summary>
    /// <param name="channels">The latent's channels, at least 1.</param>
    public AlignmentDecoder(int channels, AlignmentOptions options)
        : base(nameof(AlignmentDecoder))
    {
        var inside = options.Channels;
        if (inside % options.Reduction != 0)
        {
            throw new InputException("alignment", "channels", $"is {inside}, which is not a multiple of reduction ({options.Reduction}); change either.");
        }

        _input = new TimeConvolution(channels, inside, 1);
        _blocks = nn.ModuleList(Enumerable.Range(0, options.Blocks).Select(_ => new ChannelAttentionBlock(inside, options.Reduction)).ToArray());
        _closing = new TimeConvolution(inside, inside, 3, padding: 1);
        _output = new TimeConvolution(inside, channels, 1);
        RegisterComponents();
    }

    /// <summary>Aligns recovered latents.</summary>
    /// <param name="recovered">(batch, channels, time), in the encoders' scale or standardised, as it was trained.</param>
    public override Tensor forward(Tensor recovered)
    {
        using var scope = NewDisposeScope();
        return _output.forward(Group(_input.forward(recovered.transpose(1, 2)))).transpose(1, 2).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>The residual group: blocks, a closing convolution, and the long skip around them; (batch, time, channels).</summary>
    internal Tensor Group(Tensor h)
    {
        using var scope = NewDisposeScope();
        var body = h;
        foreach (var block in _blocks)
        {
            body = block.forward(body);
        }

        return h.Plus(_closing.forward(body)).MoveToOuterDisposeScope();
    }
}

/// <summary>One alignment decoder per modality, as one module.</summary>
internal sealed class AlignmentDecoders : nn.Module
{
    [ComponentName(Name = "modalities")] private readonly ModuleList<AlignmentDecoder> _decoders;

    /// <summary>Creates the decoders with torch's initial weights.</summary>
    /// <param name="shapes">The latents' shapes, in the data set's order.</param>
    public AlignmentDecoders(IReadOnlyList<LatentShape> shapes, AlignmentOptions options)
        : base(nameof(AlignmentDecoders))
    {
        _decoders = nn.ModuleList(shapes.Select(s => new AlignmentDecoder(s.Channels, options)).ToArray());
        RegisterComponents();
    }

    /// <summary>Aligns one modality.</summary>
    /// <param name="recovered">(batch, channels, time).</param>
    public Tensor Align(int modality, Tensor recovered) => _decoders[modality].forward(recovered);
}

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
