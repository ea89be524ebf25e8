using Amodal.Data;
using Amodal.Fusion;
using Amodal.Latents;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Amodal.Prediction;

/// <summary>Encoders and fusion: from raw features of every modality to a prediction (stage 1a, and the rivals that fill what is missing).</summary>
public sealed class Classifier : Module
{
    private readonly Encoders encoders;
    private readonly FusionNetwork fusion;

    /// <summary>Creates the networks with fresh weights.</summary>
    public Classifier(IReadOnlyList<Modality> modalities, ModelOptions options)
        : base(nameof(Classifier))
    {
        encoders = new Encoders(modalities, options.Latents);
        fusion = new FusionNetwork(encoders.Shapes, options.Fusion);
        RegisterComponents();
    }

    /// <summary>The shallow encoders.</summary>
    public Encoders Encoders => encoders;

    /// <summary>The fusion network.</summary>
    public FusionNetwork Fusion => fusion;

    /// <summary>Predicts from standardised features, one (batch, time, width) per modality.</summary>
    /// <returns>(batch).</returns>
    public Tensor Predict(IReadOnlyList<Tensor> features)
    {
        using var scope = NewDisposeScope();
        return fusion.Predict([.. features.Select((x, m) => encoders.Encode(m, x))]).MoveToOuterDisposeScope();
    }
}
