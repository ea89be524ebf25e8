using static TorchSharp.torch.nn;

namespace Amodal.Methods.Baselines;

/// <summary>A classifier that sees one modality: its encoder, a self-attention transformer, and a dense layer on the last step.</summary>
internal sealed class UnimodalClassifier : Module
{
    [ComponentName(Name = "encoder")] private readonly ShallowEncoder _encoder;
    [ComponentName(Name = "transformer")] private readonly CrossModalTransformer _transformer;
    [ComponentName(Name = "output")] private readonly Linear _output;

    public UnimodalClassifier(Modality modality, ExperimentOptions options, Target target)
        : base(nameof(UnimodalClassifier))
    {
        _encoder = new ShallowEncoder(modality, options.Latents);
        _transformer = new CrossModalTransformer(_encoder.Shape.Channels, _encoder.Shape.Length, options.Fusion);
        _output = Linear(_encoder.Shape.Channels, target.Width);
        RegisterComponents();
    }

    /// <summary>Predicts from standardised features, (batch, time, width).</summary>
    /// <returns>(batch), or (batch, width) where the target is wider than 1.</returns>
    public Tensor Predict(Tensor features)
    {
        using var scope = NewDisposeScope();
        var steps = _encoder.forward(features).transpose(1, 2);
        return TargetLoss.Heads(_output.forward(_transformer.Encode(steps).select(1, -1))).MoveToOuterDisposeScope();
    }
}
