namespace Amodal.Latents;

/// <summary>A split's standardised raw features as tensors, one (row, time, width) per modality. Owns its tensors.</summary>
internal sealed class FeatureTensors : IDisposable
{
    private FeatureTensors(Tensor[] values) => Values = values;

    /// <summary>One tensor per modality, (row, time, width); padding frames are zero.</summary>
    public IReadOnlyList<Tensor> Values { get; }

    /// <summary>Standardises a split and copies it to the device.</summary>
    public static FeatureTensors From(Split split, Standardiser standardiser, Device device)
    {
        using var scope = NewDisposeScope();
        // Copied on the CPU, too: until then the numbers lie in an array of the runtime's, and where that begins decides the last bits of a product.
        return new FeatureTensors([.. standardiser.Apply(split).Features.Select(f =>
            tensor(f.Values, [f.Rows, f.Modality.Length, f.Modality.Width]).to(device, copy: true).DetachFromDisposeScope())]);
    }

    /// <summary>Sequences of more steps than there may be, (row, time, width), as means of neighbouring steps.</summary>
    public static Tensor Shorten(Tensor x, int steps) =>
        x.shape[1] <= steps ? x : nn.functional.adaptive_avg_pool1d(x.transpose(1, 2), steps).transpose(1, 2).contiguous();

    public void Dispose()
    {
        foreach (var x in Values)
        {
            x.Dispose();
        }
    }
}
