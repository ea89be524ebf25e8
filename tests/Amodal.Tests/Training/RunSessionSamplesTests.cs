using Amodal.Data;
using Amodal.Engines;
using Amodal.Missingness;
using Amodal.Training;

namespace Amodal.Tests.Training;

/// <summary>Samples of a session, by an engine whose answers are known.</summary>
public class RunSessionSamplesTests
{
    [Fact]
    public void A_prediction_is_the_mean_of_draws_0_1_2_and_the_deviation_that_of_a_sample()
    {
        using var session = new RunSession(new Known());
        var predicted = session.Predict(session.Observed("b", null), samples: 3);
        Assert.Equal(["x", "y"], predicted.Select(p => p.Id));
        Assert.All(predicted, p => Assert.Equal("a", p.Observed));
        // Draws 0, 1, 4 for x; ten more for y.
        Assert.Equal([5 / 3.0, 10 + (5 / 3.0)], predicted.Select(p => p.Prediction));
        var deviation = Math.Sqrt(((25 / 9.0) + (4 / 9.0) + (49 / 9.0)) / 2);
        Assert.All(predicted, p => Assert.Equal(deviation, p.Deviation, 1e-12));
        Assert.All(session.Predict(session.Observed("b", null), samples: 1), p => Assert.Equal(0, p.Deviation));
    }

    /// <summary>Answers the draw's square, and ten more for the second utterance.</summary>
    private sealed class Known : IPathEngine
    {
        public IReadOnlyList<string> Names => ["a", "b"];

        public Split Split { get; } = new("test", ["x", "y"], [0, 0], [new FeatureArray(new Modality("a", 1, 1), [1, 2]), new FeatureArray(new Modality("b", 1, 1), [1, 2])]);

        public float[] Predict(IReadOnlyList<ModalitySet> observed, int draw, Action<int>? progress, CancellationToken stop) => [draw * draw, 10 + (draw * draw)];

        public IReadOnlyList<ImputedLatent> Impute(ModalitySet observed, Action<int>? progress, CancellationToken stop) => [];

        public void Dispose()
        {
        }
    }
}
