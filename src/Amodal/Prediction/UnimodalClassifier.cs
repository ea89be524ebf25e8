using Amodal.Data;
using Amodal.Fusion;
using Amodal.Latents;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Amodal.Prediction;

/// <summary>A classifier that sees one modality: its encoder, a self-attention transformer, the last token and the head.</summary>
public sealed class UnimodalClassifier : Module
{
    private readonly Encoders encoders;
    private readonly FusionNetwork fusion;

    /// <summary>Creates the network with fresh weights.</summary>
    public UnimodalClassifier(Modality modality, ModelOptions options)
        : base(nameof(UnimodalClassifier))
    {
        encoders = new Encoders([modality], options.Latents);
        fusion = new FusionNetwork(encoders.Shapes, options.Fusion);
        RegisterComponents();
    }

    /// <summary>Predicts from standardised features, (batch, time, width).</summary>
    /// <returns>(batch).</returns>
    public Tensor Predict(Tensor features)
    {
        using var scope = NewDisposeScope();
        return fusion.Predict([encoders.Encode(0, features)]).MoveToOuterDisposeScope();
    }
}
