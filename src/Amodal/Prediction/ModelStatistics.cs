using static TorchSharp.torch.nn;

namespace Amodal.Prediction;

/// <summary>What is known of the training split and kept in the checkpoint: feature scales, average latents, the best constant prediction.</summary>
internal sealed class ModelStatistics : Module
{
    private readonly IReadOnlyList<Modality> _modalities;
    private readonly Target _target;

    /// <summary>Creates empty statistics of the right shapes, to be loaded or filled.</summary>
    /// <param name="shapes">Their latents' shapes.</param>
    /// <param name="target">What is predicted; null for a score.</param>
    public ModelStatistics(IReadOnlyList<Modality> modalities, IReadOnlyList<Latents.LatentShape> shapes, Target? target = null)
        : base(nameof(ModelStatistics))
    {
        (_modalities, _target) = (modalities, target ?? Target.Score);
        RegisterComponents();
        for (var m = 0; m < modalities.Count; m++)
        {
            register_buffer($"featureMean{m}", zeros(modalities[m].Width));
            register_buffer($"featureDeviation{m}", ones(modalities[m].Width));
            register_buffer($"latentAverage{m}", zeros(shapes[m].Channels, shapes[m].Length));
        }

        register_buffer("constant", zeros(_target.Width));
    }

    /// <summary>The outputs that need no features, the best for all training labels (<see cref="Target.BestConstant"/>): (rows), or (rows, width).</summary>
    public Tensor Constant(int rows)
    {
        using var scope = NewDisposeScope();
        return TargetLoss.Heads(Buffer("constant").unsqueeze(0).expand(rows, -1)).MoveToOuterDisposeScope();
    }

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

        Buffer("constant").copy_(tensor(_target.BestConstant([.. train.Labelled.SelectMany(row => train.Label(row))])));
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
}
