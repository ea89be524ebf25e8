using Amodal.Data;
using Amodal.Diffusion.Distillation;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Sampling;
using Amodal.Methods.TwoStage;
using Amodal.Missingness;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.TwoStage;

public class TwoStageModelTests
{
    [Fact]
    public void In_bfloat16_students_and_their_teachers_recover_nearly_the_same()
    {
        using var scope = NewDisposeScope();
        Modality[] modalities = [new("text", 8, 5), new("audio", 6, 3)];
        var backbone = new BackboneOptions { Width = 16, Blocks = 1, Heads = 2, MlpWidth = 16, TimeWidth = 8 };
        using var model = new TwoStageModel(modalities, new ExperimentOptions
        {
            Latents = new() { Channels = 4 },
            Backbone = backbone,
            Distillation = new() { Method = DistillationMethod.Consistency, Evaluations = 2, Backbone = backbone with { Kind = BackboneKind.CachedTransformer1D } },
            Alignment = new() { Channels = 4, Blocks = 1, Reduction = 2 },
            Fusion = new() { Layers = 1, Heads = 2 },
        }, seed: 1);
        Draws.Fill(model.Scores, 2, std: 0.2);
        Draws.Fill(model.Students!, 3, std: 0.2);
        model.MoveTo(CPU);
        SamplerOptions teachers = new() { Kind = SamplerKind.Ddim, Nfe = 5 };
        var (byStudents, byTeachers) = (Recovered(null), Recovered(teachers));
        Assert.True(Draws.Distance(byStudents, byTeachers) > 0.1); // the two are told apart

        model.UseBfloat16();

        foreach (var (exact, rounded) in new[] { (byStudents, Recovered(null)), (byTeachers, Recovered(teachers)) })
        {
            Assert.Equal(ScalarType.Float32, rounded.dtype);
            Assert.InRange(((rounded - exact).norm() / exact.norm()).item<float>(), 1e-5f, 0.1f);
        }

        Tensor Recovered(SamplerOptions? sampler)
        {
            Tensor[] latents = [.. model.Shapes.Select((s, m) => Draws.Normal((ulong)m + 1, 3, s.Channels, s.Length))];
            return model.CreatePath(seed: 7, sampler).Recover(latents, ModalitySet.Of(1), [1, 2, 3], draw: 0)[0];
        }
    }
}
