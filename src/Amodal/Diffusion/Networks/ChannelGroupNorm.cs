using static TorchSharp.torch.nn.functional;

namespace Amodal.Diffusion.Networks;

/// <summary>
/// Group normalisation (Wu and He 2018) on (batch, time, channels). Where a sequence is so short that a group would hold
/// fewer than eight numbers, it takes fewer groups: of one number nothing but a 0 is left, of two their order.
/// </summary>
internal sealed class ChannelGroupNorm : nn.Module<Tensor, Tensor>
{
    private const int LeastNumbers = 8;
    private readonly int _groups;
    private readonly Parameter weight; // field names are checkpoint keys
    private readonly Parameter bias;

    /// <param name="groups">A power of two; fewer where the channels are no multiple of it.</param>
    public ChannelGroupNorm(int groups, int channels)
        : base(nameof(ChannelGroupNorm))
    {
        while (channels % groups != 0)
        {
            groups /= 2;
        }

        _groups = groups;
        weight = new Parameter(ones(channels));
        bias = new Parameter(zeros(channels));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var groups = _groups;
        while (groups > 1 && x.shape[1] * x.shape[2] / groups < LeastNumbers)
        {
            groups /= 2;
        }

        return group_norm(x.transpose(1, 2), groups, weight, bias).transpose(1, 2).MoveToOuterDisposeScope();
    }
}
