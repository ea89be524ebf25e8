using Amodal.Data;

namespace Amodal.Tests.Data;

public class StandardiserTests
{
    [Fact]
    public void Train_gets_mean_0_and_deviation_1_and_padding_stays_0()
    {
        // By hand, column 0 of the three steps that are not padding: 2, 4, 6: mean 4, population deviation sqrt(8 / 3).
        var modality = new Modality("a", 2, 2);
        var train = new Split("train", ["x", "y"], [0, 0], [new(modality, [2, 5, 4, 5, 6, 5, 0, 0]), new(modality with { Name = "b" }, new float[8])], ["w", "v"]);
        var standardiser = Standardiser.Fit(train);
        Assert.Equal([4, 5], standardiser.Means[0]);
        Assert.Equal((float)Math.Sqrt(8.0 / 3), standardiser.Deviations[0][0]);
        Assert.Equal(1, standardiser.Deviations[0][1]); // constant
        var values = standardiser.Apply(train).Features[0].Values;
        var unit = (float)(2 / Math.Sqrt(8.0 / 3));
        // Mean, deviation and quotient are rounded to float32, 6e-8 relative each.
        Assert.All(values.Zip([-unit, 0, 0, 0, unit, 0, 0, 0]), pair => Assert.Equal(pair.Second, pair.First, 3e-7f));
        Assert.Equal([0, 0, 0, 0, 0], new[] { values[1], values[3], values[5], values[6], values[7] });
        Assert.Equal(2, train.Features[0].Values[0]); // a copy
        Assert.Equal(["v", "w"], standardiser.Apply(train.Select("train", [1, 0])).Groups!);
        Assert.Equal(["hm"], standardiser.Apply(new Split("train", ["x"], [0], [.. train.Features.Select(f => f.Select([0]))]) { Transcripts = ["hm"] }).Transcripts!);
        Assert.All(standardiser.Apply(train).Features[1].Values, value => Assert.Equal(0, value));
    }

    [Fact]
    public void Unknown_numbers_stay_out_of_the_moments_and_become_the_mean()
    {
        // Column 0 without its NaN and infinity: 301, 303: mean 302, deviation 1; column 1: 5, 7, 9, 11: mean 8, deviation sqrt(5).
        var modality = new Modality("a", 2, 2);
        var train = new Split("train", ["x", "y", "z"], [0, 0, 0],
            [new(modality, [301, 5, float.NegativeInfinity, 7, float.NaN, 9, 303, 11, float.NaN, 0, 0, 0]), new(new Modality("b", 1, 1), [float.NaN, float.NaN, float.NaN])]);
        var standardiser = Standardiser.Fit(train);
        Assert.Equal([302, 8], standardiser.Means[0]);
        Assert.Equal([1, (float)Math.Sqrt(5)], standardiser.Deviations[0]);
        Assert.Equal([0], standardiser.Means[1]);
        Assert.Equal([1], standardiser.Deviations[1]);
        var values = standardiser.Apply(train).Features[0].Values;
        Assert.Equal([-1, 0, 0, 1], new[] { values[0], values[2], values[4], values[6] });
        Assert.Equal([0, 0, 0, 0], values[8..]); // a step of zeros and unknown numbers is padding
        Assert.All(standardiser.Apply(train).Features[1].Values, value => Assert.Equal(0, value));
    }

    [Fact]
    public void Only_train_counts_and_other_splits_use_its_moments()
    {
        var data = Examples.DataSet(7, [50, 20, 20]);
        var (fitted, alone) = (Standardiser.Fit(data), Standardiser.Fit(data["train"]));
        Assert.Equal(alone.Means[0], fitted.Means[0]);
        var test = fitted.Apply(data)["test"].Features[1];
        var raw = data["test"].Features[1];
        Assert.Equal((raw.Values[5] - fitted.Means[1][1]) / fitted.Deviations[1][1], test.Values[5]); // width 4: number 5 is feature 1
    }

    [Fact]
    public void Standardised_train_has_unit_moments()
    {
        var data = Standardiser.Fit(Examples.DataSet(7, [400])).Apply(Examples.DataSet(7, [400]));
        foreach (var features in data.Splits[0].Features)
        {
            var width = features.Modality.Width;
            for (var column = 0; column < width; column++)
            {
                var values = features.Values.Where((_, index) => index % width == column).Select(value => (double)value).ToList();
                // Each number is rounded to float32 (relative 6e-8, numbers below 5) and so are mean and deviation.
                Assert.Equal(0, values.Average(), 1e-6);
                Assert.Equal(1, values.Average(value => value * value), 2e-6);
            }
        }
    }

    [Fact]
    public void Large_offsets_do_not_drown_the_spread()
    {
        // One-pass sums in float32 would give 0 here: at 1e6 its numbers are 0.06 apart, squares at 1e12 65536.
        var modality = new Modality("a", 1, 1);
        var train = new Split("train", ["x", "y"], [0, 0], [new(modality, [1e6f, 1e6f + 1]), new(modality with { Name = "b" }, [1, 2])]);
        Assert.Equal(0.5f, Standardiser.Fit(train).Deviations[0][0]);
    }

    [Fact]
    public void Another_number_of_modalities_or_half_a_step_is_a_fault_of_the_caller()
    {
        var standardiser = Standardiser.Fit(Examples.DataSet(1, [3]));
        Assert.Throws<ArgumentException>(() => standardiser.Apply(0, new float[3]));
        Assert.Throws<ArgumentException>(() => (standardiser with { Means = [], Deviations = [] }).Apply(Examples.DataSet(1, [3]).Splits[0]));
    }
}
