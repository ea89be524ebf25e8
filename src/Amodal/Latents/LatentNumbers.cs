namespace Amodal.Latents;

/// <summary>
/// The latents of an utterance as one vector: of every modality the standardised latent, flattened over time, less its training
/// mean; of a long one the leading principal components. What is missing is 0, its mean.
/// </summary>
internal sealed class LatentNumbers : nn.Module
{
    private const int Most = 1024; // of all modalities
    private const int MostOfOne = 256;
    private readonly IReadOnlyList<LatentShape> _shapes;

    /// <summary>Sizes follow from the shapes alone; what is in it comes with <see cref="Fit"/>.</summary>
    public LatentNumbers(IReadOnlyList<LatentShape> shapes)
        : base(nameof(LatentNumbers))
    {
        _shapes = shapes;
        var most = Math.Min(MostOfOne, Most / shapes.Count);
        Layout = new NumberLayout([.. shapes.Select(s => Math.Min(s.Channels * s.Length, most))]);
        foreach (var (m, shape) in shapes.Index())
        {
            var size = shape.Channels * shape.Length;
            register_buffer($"mean{m}", zeros(1, size));
            if (Layout.Sizes[m] < size)
            {
                register_buffer($"basis{m}", zeros(size, Layout.Sizes[m]));
            }
        }

        RegisterComponents();
    }

    /// <summary>Where each modality's numbers stand.</summary>
    public NumberLayout Layout { get; }

    /// <summary>The vectors of utterances.</summary>
    /// <param name="latents">Standardised, (row, channels, time) of each modality; null where it is missing.</param>
    /// <returns>(row, numbers).</returns>
    public Tensor Encode(IReadOnlyList<Tensor?> latents)
    {
        using var scope = NewDisposeScope();
        var like = latents.First(x => x is not null)!;
        return cat([.. latents.Select((x, m) => x is null ? zeros(like.shape[0], Layout.Sizes[m], device: like.device) : Encode(m, x))], 1).MoveToOuterDisposeScope();
    }

    /// <summary>A modality's latents, (row, channels, time), of the vectors of utterances.</summary>
    public Tensor Decode(int modality, Tensor numbers)
    {
        using var scope = NewDisposeScope();
        var own = numbers.narrow(1, Layout.Start(modality), Layout.Sizes[modality]);
        var flat = Buffer("mean", modality).Plus(get_buffer($"basis{modality}") is { } basis ? own.matmul(basis.t()) : own);
        return flat.reshape(-1, _shapes[modality].Channels, _shapes[modality].Length).MoveToOuterDisposeScope();
    }

    /// <summary>Takes means and components from training latents.</summary>
    /// <param name="latents">Standardised, (row, channels, time) of each modality.</param>
    /// <param name="present">Which modalities each row has; the others are not looked at.</param>
    public void Fit(IReadOnlyList<Tensor> latents, IReadOnlyList<ModalitySet> present)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (m, latent) in latents.Index())
        {
            using var held = tensor([.. present.Index().Where(p => p.Item.Contains(m)).Select(p => (long)p.Index)], device: latent.device);
            var x = latent.index_select(0, held).flatten(1).to(ScalarType.Float64);
            var mean = held.numel() == 0 ? zeros(1, x.shape[1]) : x.mean([0], keepdim: true);
            Buffer("mean", m).copy_(mean);
            get_buffer($"basis{m}")?.copy_(Leading(x - mean, Layout.Sizes[m]));
        }
    }

    /// <summary>The eigenvectors of the greatest eigenvalues of x^T x, (numbers, size); 0 for directions without variance.</summary>
    private static Tensor Leading(Tensor x, int size)
    {
        var basis = zeros(x.shape[1], size, dtype: x.dtype, device: x.device);
        var isDual = x.shape[0] < x.shape[1];
        var (values, vectors) = linalg.eigh(isDual ? x.matmul(x.t()) : x.t().matmul(x));
        var count = Math.Min(size, values.shape[0]);
        var leading = vectors.narrow(1, vectors.shape[1] - count, count).flip(1);
        basis.narrow(1, 0, count).copy_(isDual ? x.t().matmul(leading) / values.narrow(0, values.shape[0] - count, count).flip(0).clamp_min(1e-12).sqrt() : leading);
        return basis;
    }

    private Tensor Encode(int modality, Tensor latent)
    {
        var centred = latent.flatten(1) - Buffer("mean", modality);
        return get_buffer($"basis{modality}") is { } basis ? centred.matmul(basis) : centred;
    }

    private Tensor Buffer(string name, int modality) => get_buffer($"{name}{modality}")!;
}
