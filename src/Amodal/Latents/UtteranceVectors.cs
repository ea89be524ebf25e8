namespace Amodal.Latents;

/// <summary>
/// Features as one vector per utterance and modality: the mean over the steps that are not padding, of mean 0 and variance 1 on the
/// training split. What is missing is 0, its mean. The published code of methods that take it starts from such vectors.
/// </summary>
internal sealed class UtteranceVectors : nn.Module
{
    private readonly IReadOnlyList<Modality> _modalities;

    /// <summary>Sizes follow from the modalities alone; what is in it comes with <see cref="Fit"/>.</summary>
    public UtteranceVectors(IReadOnlyList<Modality> modalities)
        : base(nameof(UtteranceVectors))
    {
        _modalities = modalities;
        foreach (var (m, modality) in modalities.Index())
        {
            register_buffer($"mean{m}", zeros(1, modality.Width));
            register_buffer($"deviation{m}", ones(1, modality.Width));
        }

        RegisterComponents();
    }

    /// <summary>Numbers of each modality's vector.</summary>
    public IReadOnlyList<int> Widths => [.. _modalities.Select(m => m.Width)];

    /// <summary>A modality's vectors, (row, width).</summary>
    /// <param name="features">Standardised, (row, time, width).</param>
    public Tensor Encode(int modality, Tensor features)
    {
        using var scope = NewDisposeScope();
        return ((Mean(features) - get_buffer($"mean{modality}")!) / get_buffer($"deviation{modality}")!).MoveToOuterDisposeScope();
    }

    /// <summary>Takes means and deviations from training features.</summary>
    /// <param name="features">Standardised, (row, time, width) of each modality.</param>
    /// <param name="present">Which modalities each row has; the others are not looked at.</param>
    public void Fit(IReadOnlyList<Tensor> features, IReadOnlyList<ModalitySet> present)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (m, x) in features.Index())
        {
            var held = tensor([.. present.Index().Where(p => p.Item.Contains(m)).Select(p => (long)p.Index)], device: x.device);
            if (held.numel() > 1)
            {
                var vectors = Mean(x).index_select(0, held);
                get_buffer($"mean{m}")!.copy_(vectors.mean([0], keepdim: true));
                get_buffer($"deviation{m}")!.copy_(vectors.std(new long[] { 0 }, unbiased: false, keepdim: true).clamp_min(1e-3)); // features are of deviation 1
            }
        }
    }

    private static Tensor Mean(Tensor features)
    {
        var steps = features.ne(0).any(2).to(ScalarType.Float32).sum([1]).clamp_min(1).unsqueeze(1);
        return features.sum([1]) / steps; // padding is 0
    }
}
