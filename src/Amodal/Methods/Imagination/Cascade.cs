using static TorchSharp.torch.nn;

namespace Amodal.Methods.Imagination;

/// <summary>
/// A cascade of residual auto-encoders (Tran et al. 2017): block b takes x and the outputs of the blocks before it, and the cascade
/// gives x and the outputs of all. A single block without x is a plain auto-encoder.
/// </summary>
internal sealed class Cascade : Module
{
    private readonly bool _isResidual;
    [ComponentName(Name = "encoders")] private readonly ModuleList<Sequential> _encoders;
    [ComponentName(Name = "decoders")] private readonly ModuleList<Sequential> _decoders;

    /// <param name="size">Numbers of what goes in, and comes out.</param>
    /// <param name="hidden">Sizes of a block's layers down to its bottleneck.</param>
    /// <param name="isResidual">Whether inputs are added to outputs.</param>
    public Cascade(int size, IReadOnlyList<int> hidden, int blocks, bool isResidual = true)
        : base(nameof(Cascade))
    {
        _isResidual = isResidual;
        _encoders = ModuleList([.. Enumerable.Range(0, blocks).Select(_ => Layers.Dense([size, .. hidden], isLeaky: true))]);
        _decoders = ModuleList([.. Enumerable.Range(0, blocks).Select(_ => Layers.Dense([.. hidden.Reverse(), size]))]);
        RegisterComponents();
    }

    /// <summary>The last layers of the blocks; where their weights are 0, a residual cascade is the identity.</summary>
    public IEnumerable<Linear> Outputs => _decoders.Select(d => d.children().OfType<Linear>().Last());

    /// <summary>What the cascade gives, (row, size), and the bottlenecks of all blocks, (row, blocks x bottleneck).</summary>
    public (Tensor Output, Tensor Bottlenecks) Run(Tensor x)
    {
        var (sum, bottlenecks) = (x, new List<Tensor>());
        foreach (var (encoder, decoder) in _encoders.Zip(_decoders))
        {
            var code = encoder.forward(sum);
            bottlenecks.Add(code);
            sum = _isResidual ? sum + decoder.forward(code) : decoder.forward(code);
        }

        return (sum, cat(bottlenecks, 1));
    }
}
