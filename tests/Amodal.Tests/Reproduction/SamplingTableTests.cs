using Amodal.Latents;
using Amodal.Missingness;
using Amodal.Prediction;
using Amodal.Reproduction;
using Amodal.Tests.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Reproduction;

public class SamplingTableTests
{
    [Fact]
    public void One_modality_of_one_utterance_is_timed_recovered_from_all_the_others()
    {
        using var tiny = new TinyRun(TinyRun.TinyOptions, TinyRun.Uneven);
        using var model = new AmodalModel(tiny.Data.Modalities, tiny.Options.ToModelOptions(), seed: 1);
        using var features = FeatureTensors.From(tiny.Data["test"], model.Statistics.ToStandardiser(), CPU);
        using var latents = model.Encode(tiny.Data["test"], features);
        var recoverer = new Recorder();
        Assert.True(SamplingTable.Seconds(recoverer, latents, default) >= 0);
        Assert.Equal(Enumerable.Repeat(((ulong)latents.Keys[0], 1L, ModalitySet.Of(0, 1)), 1 + 3), recoverer.Calls); // one warms up
    }

    /// <summary>Recovers nothing, and keeps what it was asked.</summary>
    private sealed class Recorder : IRecoverer
    {
        public List<(ulong Key, long Rows, ModalitySet Observed)> Calls { get; } = [];

        public IReadOnlyDictionary<int, Tensor> Recover(
            IReadOnlyList<Tensor> latents, IReadOnlyList<ModalitySet> observed, IReadOnlyList<ulong> keys, int draw, Action<int>? progress = null,
            CancellationToken stop = default)
        {
            Calls.Add((Assert.Single(keys), latents[0].shape[0], Assert.Single(observed)));
            return new Dictionary<int, Tensor> { [2] = latents[2] };
        }
    }
}
