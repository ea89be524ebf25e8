namespace Amodal.Diffusion.Networks;

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
