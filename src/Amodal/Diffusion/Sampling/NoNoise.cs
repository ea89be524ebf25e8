namespace Amodal.Diffusion.Sampling;

/// <summary>For deterministic samplers: refuses to be asked.</summary>
internal sealed class NoNoise : INoise
{
    public static readonly NoNoise Instance = new();

    public Tensor Like(Tensor x) => throw new InvalidOperationException("a deterministic sampler takes no noise");
}
