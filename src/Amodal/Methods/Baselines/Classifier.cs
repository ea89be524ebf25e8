using static TorchSharp.torch.nn;

namespace Amodal.Methods.Baselines;

/// <summary>Encoders and fusion: from raw features of every modality to a prediction (stage 1a, and the baselines that fill what is missing).</summary>
internal sealed class Classifier : Module
{
    [ComponentName(Name = "encoders")] private readonly Encoders _encoders;
    [ComponentName(Name = "fusion")] private readonly FusionNetwork _fusion;

    public Classifier(IReadOnlyList<Modality> modalities, ExperimentOptions options, Target target)
        : base(nameof(Classifier))
    {
        _encoders = new Encoders(modalities, options.Latents);
        _fusion = new FusionNetwork(_encoders.Shapes, options.Fusion, target.Width);
        RegisterComponents();
    }

    /// <summary>The shallow encoders.</summary>
    public Encoders Encoders => _encoders;

    public FusionNetwork Fusion => _fusion;

    /// <summary>Predicts from standardised features, one (batch, time, width) per modality.</summary>
    /// <returns>(batch), or (batch, width) where the target is wider than 1.</returns>
    public Tensor Predict(IReadOnlyList<Tensor> features)
    {
        using var scope = NewDisposeScope();
        return _fusion.Predict(_encoders.Encode(features)).MoveToOuterDisposeScope();
    }
}
