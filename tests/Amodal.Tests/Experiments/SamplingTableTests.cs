using Amodal.Diffusion.Networks;
using Amodal.Experiments.Tables;
using Amodal.Latents;
using Amodal.Methods.TwoStage;
using Amodal.Tests.Prediction;
using Amodal.Tests.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Experiments;

public class SamplingTableTests
{
    [Fact]
    public void One_modality_of_one_utterance_is_timed_recovered_from_all_the_others()
    {
        using var tiny = new TinyRun(TinyRun.TinyOptions, TinyRun.Uneven);
        using var model = new TwoStageModel(tiny.Data.Modalities, tiny.Options, seed: 1);
        using var features = FeatureTensors.From(tiny.Data["test"], model.Statistics.ToStandardiser(), CPU);
        using var latents = model.Encode(tiny.Data["test"], features);
        var calls = new List<string>();
        var path = Paths.Of(
            [.. model.Scores.All.Select((n, m) => new Recorder(m, n, calls))], tiny.Options, tiny.Options.Sampler, seed: 0);
        Assert.True(SamplingTable.Seconds(path, latents, default) >= 0);
        Assert.Equal(Enumerable.Repeat("2 of 1 row from 0, 1", 1 + 3), calls); // one warms up
    }

    /// <summary>Keeps what it was asked.</summary>
    private sealed class Recorder(int target, IScoreNetwork network, List<string> calls) : IScoreNetwork
    {
        public Tensor Evaluate(Tensor x, Tensor t, IReadOnlyList<Condition> conditions) => throw new InvalidOperationException("clean conditions are prepared");

        public Func<Tensor, Tensor, Tensor> Prepare(IReadOnlyList<Condition> conditions)
        {
            calls.Add($"{target} of {conditions[0].Latent.shape[0]} row from {string.Join(", ", conditions.Select(c => c.Modality))}");
            return network.Prepare(conditions);
        }
    }
}
