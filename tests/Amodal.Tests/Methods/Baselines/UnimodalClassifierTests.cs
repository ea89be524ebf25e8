using Amodal.Fusion;
using Amodal.Latents;
using Amodal.Methods.Baselines;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.Baselines;

public class UnimodalClassifierTests
{
    [Fact]
    public void It_answers_by_the_last_step_of_what_its_transformer_makes_of_the_latent()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var network = new UnimodalClassifier(new("text", 5, 3), Training.TinyRun.TinyOptions, Amodal.Targets.Target.Score);
        Draws.Fill(network, 3, std: 0.3);
        network.eval();
        var parts = network.children().ToList();
        var (encoder, transformer, output) = (parts.OfType<ShallowEncoder>().Single(), parts.OfType<CrossModalTransformer>().Single(), parts.OfType<Linear>().Single());
        var features = Draws.Normal(1, 4, 5, 3);
        var steps = transformer.Encode(encoder.forward(features).transpose(1, 2));
        Relative.Equal(output.forward(steps[TensorIndex.Colon, (int)steps.shape[1] - 1]).squeeze(1), network.Predict(features), Relative.Network);
        Assert.True(Draws.Distance(output.forward(steps[TensorIndex.Colon, 0]).squeeze(1), network.Predict(features)) > 1e-3);
    }
}
