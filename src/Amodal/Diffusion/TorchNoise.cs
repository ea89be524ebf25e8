namespace Amodal.Diffusion;

/// <summary>
/// Noise of a torch generator: fast, and repeatable for the same seed, shapes, device and torch version. For training;
/// what a row gets depends on its place in the batch, so reported results use <see cref="UtteranceNoise"/>.
/// </summary>
public sealed class TorchNoise : INoise, IDisposable
{
    private readonly Generator _generator;

    /// <summary>The sequence that the seed names on the device (the CPU when null).</summary>
    public TorchNoise(ulong seed, Device? device = null) => _generator = new Generator(seed, device);

    /// <inheritdoc/>
    public Tensor Like(Tensor x) => randn(x.shape, dtype: x.dtype, device: x.device, generator: _generator);

    /// <summary>Frees the generator.</summary>
    public void Dispose() => _generator.Dispose();
}
