using Amodal.Data;
using Amodal.Diffusion;
using Amodal.Diffusion.Distillation;
using Amodal.Diffusion.Processes;
using Amodal.Latents;
using Amodal.Methods.TwoStage;
using Amodal.Randomness;
using Amodal.Tests.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.TwoStage;

/// <summary>What a round of distillation is selected by, worked out by hand.</summary>
public class DistillationStageTests
{
    [Theory]
    [InlineData(Objective.Flow, 10, 2, 4)]
    [InlineData(Objective.Flow, 10, 1, 16)]
    [InlineData(Objective.Flow, 600, 2, 4)]
    [InlineData(Objective.Score, 10, 2, 4)]
    [InlineData(Objective.Score, 600, 1, 8)]
    public void It_is_selected_by_how_far_its_samples_end_from_the_teacher_s_the_mean_over_modalities(Objective objective, int rows, int steps, int teacherSteps)
    {
        const int most = 512;
        var options = (objective == Objective.Flow ? TinyRun.FlowOptions : TinyRun.TinyOptions with { Process = new() { Kind = ProcessKind.VE } }) with
        {
            Distillation = new()
            {
                Method = DistillationMethod.Progressive,
                Evaluations = steps,
                TeacherSteps = teacherSteps,
                Backbone = new() { Width = 4, Blocks = 1, Heads = 1, MlpWidth = 4, TimeWidth = 4 },
            },
        };
        using var tiny = new TinyRun(options, TinyRun.Uneven);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = new TwoStageModel(tiny.Data.Modalities, options, 1);
        using var live = model.CreateStudents(1);
        Draws.Fill(model.Scores, 4, std: objective == Objective.Flow ? 0.3 : 0.05); // a larger score takes samples far away
        Draws.Fill(live, 5, std: 0.3);
        using var features = FeatureTensors.From(tiny.Data["train"], Standardiser.Fit(tiny.Data["train"]), CPU);
        using var train = LatentStore.Encode(tiny.Data["train"], features, model.Complete.Encoders, model.LatentScale);
        using var valid = train.Select([.. Enumerable.Range(0, rows).Select(i => i < most ? 12 + (i % 12) : i % 12)]); // none of train's first; beyond the most that are used, others
        using var stage = new DistillationStage("distillation", model, steps, train, valid, before: null, live, seed: 1);
        stage.Prepare(1, _ => { }, default);

        var (used, seed) = (Math.Min(rows, most), new StableRandom(1, StableRandom.KeyOf("distillation-validation")).NextUInt64());
        var (process, draw) = (model.Options.CreateProcess(), new ConditionSampler(3));
        var latents = valid.Latents.Select(x => x.narrow(0, 0, used)).ToList();
        var expected = Enumerable.Range(0, 3).Average(m =>
        {
            ulong[] keys = [.. Enumerable.Range(0, used).Select(row => new StableRandom(seed, valid.Keys[row], 0, (ulong)m, StableRandom.KeyOf("couples")).NextUInt64())];
            var z = new UtteranceNoise(keys).Like(latents[m]);
            var shown = ConditionSampler.Conditions(
                [.. keys.Select(k => draw.Draw(new StableRandom(k, StableRandom.KeyOf("observed")), m).Observed)], latents, isNoisy: false).ToList();
            var teacher = EvenSampling.Sample(model.Scores.All[m], objective, process, z, shown, teacherSteps);
            var student = EvenSampling.Sample(new StudentNetwork(live.All[m], objective, process), objective, process, z, shown, steps);
            return ((student - teacher).square().sum() / teacher.square().sum()).item<float>();
        });
        Assert.InRange(expected, 0.01, 100); // where one of the two is far larger, the other would hardly count
        Assert.Equal(expected, stage.Validate(default), 10 * Relative.Network * expected); // up to 16 passes, on batches of other sizes
    }
}
