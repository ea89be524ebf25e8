using Amodal.Data;
using Amodal.Diffusion.Sampling;
using Amodal.Methods;
using Amodal.Missingness;
using Amodal.Runs;

namespace Amodal.Tests.Runs;

/// <summary>Samples of a session, by an engine whose answers are known.</summary>
public class RunSessionSamplesTests
{
    [Fact]
    public void A_prediction_is_the_mean_of_draws_0_1_2_and_the_deviation_that_of_a_sample()
    {
        using var session = new RunSession(new Known(), Known.Data, "test");
        var predicted = session.Predict(session.Observed("b", null), samples: 3);
        Assert.Equal(["x", "y"], predicted.Select(p => p.Id));
        Assert.All(predicted, p => Assert.Equal("a", p.Observed));
        // Draws 0, 1, 4 for x; ten more for y.
        Assert.Equal([5 / 3.0, 10 + (5 / 3.0)], predicted.Select(p => p.Prediction));
        var deviation = Math.Sqrt(((25 / 9.0) + (4 / 9.0) + (49 / 9.0)) / 2);
        Assert.All(predicted, p => Assert.Equal(deviation, p.Deviation!.Value, 1e-12));
        Assert.All(session.Predict(session.Observed("b", null), samples: 1), p => Assert.Null(p.Deviation));
        // One step of a flow is the mean, whatever the noise: draws of it tell nothing.
        using var mean = new RunSession(new Known { Nfe = 1 }, Known.Data, "test");
        Assert.All(mean.Predict(mean.Observed("b", null), samples: 3), p => Assert.Null(p.Deviation));
        Assert.Contains("without recovering", Assert.Throws<InputException>(() => session.Recover(ModalitySet.Of(0), "none.npz")).Message, StringComparison.Ordinal);
    }

    /// <summary>Answers the draw's square, and ten more for the second utterance.</summary>
    private sealed class Known : ISampledMethod, IEncodedBatch
    {
        private static readonly Modality[] _modalities = [new("a", 1, 1), new("b", 1, 1)];

        public static Split Rows { get; } = new("test", ["x", "y"], [0, 0], [.. _modalities.Select(m => new FeatureArray(m, [1, 2]))]);

        public static DataSet Data { get; } = new("made up", _modalities, [Rows], new string('0', 64));

        public MethodCard Card { get; } = new("known", _modalities);

        public int Count => 2;

        public int Nfe { get; init; } = 2;

        public SamplerOptions Sampler => new() { Kind = SamplerKind.FlowEuler, Nfe = Nfe };

        public ISampledMethod With(SamplerOptions sampler) => this;

        public IEncodedBatch Encode(Split utterances) => this;

        public float[] Predict(IReadOnlyList<Observation> observed, int draw = 0, Action<int>? progress = null, CancellationToken stop = default) => [draw * draw, 10 + (draw * draw)];

        public void Dispose()
        {
        }
    }
}
