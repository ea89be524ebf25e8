using Amodal.Data;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Amodal.Prediction;

/// <summary>What is known of the training split and kept in the checkpoint: feature scales, average latents, the best constant prediction.</summary>
public sealed class ModelStatistics : Module
{
    private readonly IReadOnlyList<Modality> _modalities;

    /// <summary>Creates empty statistics of the right shapes, to be loaded or filled.</summary>
    public ModelStatistics(IReadOnlyList<Modality> modalities, IReadOnlyList<Latents.LatentShape> shapes)
        : base(nameof(ModelStatistics))
    {
        _modalities = modalities;
        RegisterComponents();
        for (var m = 0; m < modalities.Count; m++)
        {
            register_buffer($"featureMean{m}", zeros(modalities[m].Width));
            register_buffer($"featureDeviation{m}", ones(modalities[m].Width));
            register_buffer($"latentAverage{m}", zeros(shapes[m].Channels, shapes[m].Length));
        }

        register_buffer("constant", zeros(1));
    }

    /// <summary>The prediction that needs no features: the median training label, given the sign of the more frequent class.</summary>
    public float Constant => Buffer("constant").item<float>();

    /// <summary>The training split's average latent of a modality before standardisation, (channels, time).</summary>
    public Tensor LatentAverage(int modality) => Buffer($"latentAverage{modality}");

    /// <summary>The scale of raw features.</summary>
    public Standardiser ToStandardiser()
    {
        using var scope = NewDisposeScope();
        return new Standardiser(
            [.. _modalities.Select((_, m) => Buffer($"featureMean{m}").cpu().data<float>().ToArray())],
            [.. _modalities.Select((_, m) => Buffer($"featureDeviation{m}").cpu().data<float>().ToArray())]);
    }

    /// <summary>Takes scale and constant from the training split.</summary>
    public void Fit(Standardiser standardiser, Split train)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        for (var m = 0; m < _modalities.Count; m++)
        {
            Buffer($"featureMean{m}").copy_(tensor(standardiser.Means[m]));
            Buffer($"featureDeviation{m}").copy_(tensor(standardiser.Deviations[m]));
        }

        Buffer("constant").fill_(BestConstant(train.Labels));
    }

    /// <summary>Takes the average latents, one (channels, time) per modality.</summary>
    public void FitLatents(IReadOnlyList<Tensor> averages)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        for (var m = 0; m < averages.Count; m++)
        {
            Buffer($"latentAverage{m}").copy_(averages[m]);
        }
    }

    private Tensor Buffer(string name) => get_buffer(name)!;

    /// <summary>The median minimises the mean absolute error; a median of the wrong sign is moved just across zero, so that ACC2 is the majority's.</summary>
    private static float BestConstant(float[] labels)
    {
        var sorted = labels.Order().ToArray();
        var median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        var positive = labels.Count(y => y > 0) >= labels.Count(y => y < 0);
        const float JustOffZero = 1e-3f;
        return positive ? Math.Max(median, JustOffZero) : Math.Min(median, -JustOffZero);
    }
}
