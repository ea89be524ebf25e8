using static TorchSharp.torch.nn;

namespace Amodal.Methods.UniDiffuser;

/// <summary>
/// The network of the joint model: a token per modality, blocks of DiT (Peebles and Xie 2023) in which all tokens attend to each other,
/// and each is scaled, shifted and gated by the time of its own modality. Every modality has a dense layer in and one out, whose biases
/// tell modalities apart. It answers 0 until trained, what is right of independent standard normal numbers.
/// </summary>
internal sealed class JointTransformer : Module
{
    private const int TimeWidth = 64;
    [ComponentName(Name = "inputs")] private readonly ModuleList<Linear> _inputs;
    [ComponentName(Name = "time")] private readonly GaussianFourierEmbedding _time;
    [ComponentName(Name = "blocks")] private readonly ModuleList<AdaptiveBlock> _blocks;
    [ComponentName(Name = "output_modulation")] private readonly Modulation _outputModulation;
    [ComponentName(Name = "outputs")] private readonly ModuleList<Linear> _outputs;

    /// <summary>Creates the network: weights from torch's global generator, time frequencies from the given one.</summary>
    /// <param name="width">Of a token, a multiple of heads.</param>
    public JointTransformer(NumberLayout layout, int width, int blocks, int heads, StableRandom random)
        : base(nameof(JointTransformer))
    {
        var options = new BackboneOptions { Width = width, Heads = heads, MlpWidth = 2 * width };
        _inputs = ModuleList(layout.Sizes.Select(size => Linear(size, width)).ToArray());
        _time = new GaussianFourierEmbedding(TimeWidth, width, random);
        _blocks = ModuleList(Enumerable.Range(0, blocks).Select(_ => new AdaptiveBlock(options, width)).ToArray());
        _outputModulation = new Modulation(2, width, width);
        _outputs = ModuleList(layout.Sizes.Select(size => Linear(width, size)).ToArray());
        foreach (var output in _outputs)
        {
            init.zeros_(output.weight!);
            init.zeros_(output.bias!);
        }

        RegisterComponents();
    }

    /// <inheritdoc cref="JointAnswer"/>
    public Tensor Evaluate(Tensor x, Tensor t)
    {
        using var scope = NewDisposeScope();
        long[] sizes = [.. _inputs.Select(input => input.weight!.shape[1])];
        var h = stack(x.split(sizes, 1).Select((own, m) => _inputs[m].forward(own)), 1);
        var times = _time.forward(t.flatten()).view(t.shape[0], t.shape[1], -1);
        foreach (var block in _blocks)
        {
            h = block.Forward(h, times, steps: null);
        }

        var parts = _outputModulation.Forward(times);
        var tokens = Modulation.Apply(h, parts[0], parts[1]).unbind(1);
        return cat([.. tokens.Select((token, m) => _outputs[m].forward(token))], 1).MoveToOuterDisposeScope();
    }
}
