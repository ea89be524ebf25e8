using TorchSharp;

namespace Amodal.Diffusion.Networks;

/// <summary>
/// The time embedding (thesis, 5.16; Song et al. 2021): a dense layer on [sin(2 pi W t), cos(2 pi W t)] with fixed
/// W ~ N(0, 30^2). W is a buffer, so it travels with the checkpoint and is not trained.
/// </summary>
internal sealed class GaussianFourierEmbedding : nn.Module<Tensor, Tensor>
{
    private const double Scale = 30;
    [ComponentName(Name = "frequencies")] private readonly Tensor _frequencies;
    [ComponentName(Name = "dense")] private readonly Linear _dense;

    public GaussianFourierEmbedding(int timeWidth, int width, StableRandom random)
        : base(nameof(GaussianFourierEmbedding))
    {
        var frequencies = new float[timeWidth / 2];
        random.FillNormal(frequencies);
        _frequencies = tensor(frequencies.Select(w => (float)(2 * Math.PI * Scale * w)).ToArray());
        _dense = nn.Linear(timeWidth, width);
        RegisterComponents();
    }

    /// <summary>Sines and cosines together.</summary>
    public long Features => _dense.weight!.shape[1];

    /// <summary>Width of the answer.</summary>
    public long Width => _dense.weight!.shape[0];

    /// <param name="t">(batch).</param>
    /// <returns>(batch, width).</returns>
    public override Tensor forward(Tensor t)
    {
        using var scope = NewDisposeScope();
        // float32 until the sine, whatever the weights' type: the angles reach hundreds of radians.
        var angle = t.to_type(ScalarType.Float32).unsqueeze(1) * _frequencies;
        var features = cat([angle.sin(), angle.cos()], 1).to_type(_dense.weight.dtype);
        return _dense.forward(features).MoveToOuterDisposeScope();
    }

    /// <summary>The frequencies stay as they are: rounded ones would be others.</summary>
    protected override nn.Module _to(ScalarType dtype, bool non_blocking)
    {
        _ = _dense.to(dtype);
        return this;
    }
}

/// <summary>[sin(2 pi W t), cos(2 pi W t)] with fixed W ~ N(0, 30^2), keyed and rounded as in the published IMDer.</summary>
internal sealed class FourierFeatures : nn.Module<Tensor, Tensor>
{
    private const double Scale = 30;
    private readonly Tensor W; // a field's name is its key
    private ScalarType _answer = ScalarType.Float32;

    public FourierFeatures(int width, StableRandom random)
        : base(nameof(FourierFeatures))
    {
        var frequencies = new float[width / 2];
        random.FillNormal(frequencies);
        W = tensor(frequencies.Select(w => (float)(Scale * w)).ToArray());
        RegisterComponents();
    }

    /// <param name="t">(batch).</param>
    /// <returns>(batch, width), worked out in float32 whatever the module's type: the angles reach hundreds of radians.</returns>
    public override Tensor forward(Tensor t)
    {
        using var scope = NewDisposeScope();
        // In this order: the angles are so large that their rounding shows in the fifth digit of the sine.
        var angle = (t.to_type(ScalarType.Float32).unsqueeze(1) * W).Times(2).Times(Math.PI);
        return cat([angle.sin(), angle.cos()], 1).to_type(_answer).MoveToOuterDisposeScope();
    }

    /// <summary>The frequencies stay as they are: rounded ones would be others.</summary>
    protected override nn.Module _to(ScalarType dtype, bool non_blocking)
    {
        _answer = dtype;
        return this;
    }
}
