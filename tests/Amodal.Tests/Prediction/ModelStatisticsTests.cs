using Amodal.Data;
using Amodal.Latents;
using Amodal.Prediction;

namespace Amodal.Tests.Prediction;

public class ModelStatisticsTests
{
    [Theory]
    [InlineData(new float[] { 1, 2, 3 }, 2f)]
    [InlineData(new float[] { -1, -2, -3, 1 }, -1.5f)]
    [InlineData(new float[] { -1, -1, 0, 0, 0, 1, 1, 1 }, 0.001f)] // median 0, but more are positive
    [InlineData(new float[] { -1, -1, -1, 0, 0, 0, 1, 1 }, -0.001f)]
    [InlineData(new float[] { -1, 0, 1 }, 0.001f)] // a tie is given to the positive
    public void The_constant_is_the_median_on_the_majority_s_side(float[] labels, float constant)
    {
        Modality[] modalities = [new("a", 1, 1), new("b", 1, 1)];
        using var statistics = new ModelStatistics(modalities, [new LatentShape(1, 1), new LatentShape(1, 1)]);
        var features = modalities.Select((m, i) => new FeatureArray(m, [.. labels.Select((_, row) => 1f + row + i)])).ToList();
        var train = new Split("train", [.. labels.Select((_, row) => $"{row}")], labels, features);
        var standardiser = Standardiser.Fit(train);
        statistics.Fit(standardiser, train);
        Assert.Equal([constant, constant], statistics.Constant(2).data<float>());
        Assert.Equal(standardiser.Means, statistics.ToStandardiser().Means);
        Assert.Equal(standardiser.Deviations, statistics.ToStandardiser().Deviations);
    }
}
