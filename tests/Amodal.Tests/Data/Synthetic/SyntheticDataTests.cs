using Amodal.Data;
using Amodal.Data.Synthetic;
using Amodal.Evaluation;
using Amodal.Missingness;

namespace Amodal.Tests.Data.Synthetic;

public class SyntheticDataTests
{
    private static readonly SyntheticOptions Small = new() { Utterances = 101 };

    [Fact]
    public void Holds_the_asked_number_of_utterances_in_three_splits()
    {
        var data = SyntheticData.Generate(Small);
        Assert.Equal(["train", "valid", "test"], data.Splits.Select(s => s.Name));
        Assert.Equal([61, 15, 25], data.Splits.Select(s => s.Count)); // round(60.6), round(15.15), the rest
        Assert.Equal(101, data.Splits.SelectMany(s => s.Ids).Distinct().Count());
        Assert.Equal([new("language", 12, 24), new("acoustic", 10, 12), new Modality("vision", 10, 10)], data.Modalities);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_and_another_seed_others()
    {
        var first = SyntheticData.Generate(Small);
        var again = SyntheticData.Generate(Small with { });
        var other = SyntheticData.Generate(Small with { Seed = 2 });
        Assert.Equal(first.Digest, again.Digest);
        Assert.Equal(first["test"].Features[1].Values, again["test"].Features[1].Values);
        Assert.NotEqual(first.Digest, other.Digest);
        Assert.NotEqual(first["test"].Labels, other["test"].Labels);
    }

    [Fact]
    public void A_small_set_is_the_beginning_of_a_larger_one()
    {
        var small = SyntheticData.Generate(Small)["test"];
        var large = SyntheticData.Generate(Small with { Utterances = 300 })["test"];
        Assert.Equal(small.Labels, large.Labels[..small.Count]);
        Assert.Equal(small.Features[2].Values, large.Features[2].Values[..small.Features[2].Values.Length]);
    }

    [Fact]
    public void Means_and_covariances_are_those_of_the_model()
    {
        var options = new SyntheticOptions { Utterances = 20_000 };
        var model = new SyntheticModel(options);
        var train = SyntheticData.Generate(options)["train"];
        var covariance = DenseGaussian.Covariance(model);

        // The label and every 13th feature, 40 variables in all: within 6 standard errors, which all 40 means and 820
        // covariances together leave by chance with a probability below 2e-6.
        int[] chosen = [.. Enumerable.Range(0, (covariance.RowCount + 12) / 13).Select(i => 13 * i)];
        var rows = Enumerable.Range(0, train.Count).Select(row => DenseGaussian.Row(train, row)).ToArray();
        foreach (var i in chosen)
        {
            Assert.Equal(0, rows.Average(r => r[i]), 6 * Math.Sqrt(covariance[i, i] / rows.Length));
            foreach (var j in chosen.Where(j => j <= i))
            {
                var variance = (covariance[i, i] * covariance[j, j]) + Math.Pow(covariance[i, j], 2); // of x_i x_j, Gaussian
                Assert.Equal(covariance[i, j], rows.Average(r => (double)r[i] * r[j]), 6 * Math.Sqrt(variance / rows.Length));
            }
        }
    }

    [Fact]
    public void Few_labels_lie_outside_the_scale()
    {
        SyntheticModality tiny = new("a", 1, 1, []); // labels do not depend on the modalities
        var labels = SyntheticData.Generate(new SyntheticOptions { Utterances = 20_000, Modalities = [tiny, tiny with { Name = "b" }] }).Splits.SelectMany(s => s.Labels).ToArray();
        var share = 0.02102; // 2 (1 - Phi(3 / 1.3))
        Assert.Equal(share, labels.Count(y => Math.Abs(y) > 3) / (double)labels.Length, 5 * Math.Sqrt(share / labels.Length));
    }

    [Fact]
    public void Generated_data_is_recognised()
    {
        var data = SyntheticData.Generate(Small);
        var plain = new DataSet("some-file.npz", data.Modalities, data.Splits, "");
        Assert.Equal(Small, SyntheticModel.TryRecognise(plain)?.Options);
    }

    public static TheoryData<SyntheticOptions> Settings() =>
    [
        Small with { TestUtterances = 300 },
        SyntheticOptions.NonLinear with { Utterances = 101 },
        Small with { Interactions = 0.25, Components = 2, Redundancy = 0.125, Noise = 1.5, Classes = 3, Labelled = 7, TrainMissing = 0.5, TestUtterances = 4, Seed = 3 },
    ];

    [Theory, MemberData(nameof(Settings))]
    public void Generated_data_of_any_setting_an_option_has_is_recognised(SyntheticOptions options)
    {
        var data = SyntheticData.Generate(options);
        Assert.Equal(options, SyntheticModel.TryRecognise(new DataSet("f.npz", data.Modalities, data.Splits, "", target: data.Target))?.Options);
    }

    [Fact]
    public void A_larger_test_split_leaves_train_and_valid_as_they_are()
    {
        var (small, large) = (SyntheticData.Generate(Small), SyntheticData.Generate(Small with { TestUtterances = 300 }));
        Assert.Equal([61, 15, 300], large.Splits.Select(s => s.Count));
        Assert.Equal(small["train"].Labels, large["train"].Labels);
        Assert.Equal(small["test"].Labels, large["test"].Labels[..25]);
    }

    [Theory]
    [InlineData(2), InlineData(3), InlineData(6)]
    public void Latents_of_any_number_of_components_have_mean_0_variance_1_and_the_redundancy(int components)
    {
        var prior = new SyntheticPrior(new SyntheticOptions { Components = components, Redundancy = 0.3 });
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(0, prior.Means.Average(m => m[i]), 1e-12);
            for (var j = 0; j <= i; j++)
            {
                var covariance = prior.Means.Zip(prior.Factors, (m, f) => (m[i] * m[j]) + SyntheticPrior.Covariance(f)[i, j]).Average();
                Assert.Equal(i == j ? 1 : (i, j) is (1, 0) or (3, 2) ? 0.3 : 0, covariance, 1e-12);
            }
        }
    }

    [Fact]
    public void Labels_of_non_linear_data_have_the_same_mean_and_deviation_and_the_share_of_the_product()
    {
        var labels = SyntheticData.Generate(SyntheticOptions.NonLinear with { Utterances = 40_000 }).Splits.SelectMany(s => s.Labels).Select(y => (double)y).ToArray();
        var fourth = labels.Average(y => Math.Pow(y, 4));
        Assert.Equal(0, labels.Average(), 5 * 1.3 / Math.Sqrt(labels.Length));
        Assert.Equal(1.69, labels.Average(y => y * y), 5 * Math.Sqrt((fourth - (1.69 * 1.69)) / labels.Length));
        var model = new SyntheticModel(SyntheticOptions.NonLinear);
        Assert.Equal(0.4, model.ProductWeight * model.ProductWeight * model.Prior.Product().Variance / (1.69 * 0.99), 1e-12);
    }

    [Fact]
    public void Fewer_labels_are_some_of_more_and_only_training_lacks_any()
    {
        var (all, more, few) = (SyntheticData.Generate(Small), SyntheticData.Generate(Small with { Labelled = 40 }), SyntheticData.Generate(Small with { Labelled = 10 }));
        Assert.Equal(40, more["train"].Labels.Count(float.IsFinite));
        Assert.Equal(10, few["train"].Labels.Count(float.IsFinite));
        Assert.All(few["train"].Labels.Zip(more["train"].Labels, all["train"].Labels), l => Assert.True(float.IsNaN(l.First) || (l.First == l.Second && l.Second == l.Third)));
        Assert.Equal(all["train"].Features[0].Values, few["train"].Features[0].Values);
        Assert.Equal(all["test"].Labels, few["test"].Labels);
        Assert.Contains("1 to 61", Assert.Throws<InputException>(() => SyntheticData.Generate(Small with { Labelled = 62 })).Message);
    }

    [Fact]
    public void Modalities_are_missing_from_training_as_often_as_asked_but_never_all()
    {
        var options = Small with { Utterances = 1000, TrainMissing = 0.6 };
        var (whole, data) = (SyntheticData.Generate(Small with { Utterances = 1000 }), SyntheticData.Generate(options));
        var present = Enumerable.Range(0, 600).Select(row => data["train"].Features.Select(f => f.ContentOf(row) == RowContent.Numbers).ToArray()).ToList();
        Assert.All(present, row => Assert.Contains(true, row));
        // All three would be missing in 0.6^3 of rows, and one of them then stays.
        var rate = 0.6 - (0.216 / 3);
        Assert.Equal(rate, present.Average(row => row.Count(p => !p) / 3.0), 5 * Math.Sqrt(rate * (1 - rate) / 600));
        Assert.Equal(whole["test"].Features[1].Values, data["test"].Features[1].Values);
        Assert.Equal(whole["train"].Labels, data["train"].Labels);
    }

    [Theory]
    [InlineData("feature")]
    [InlineData("label")]
    [InlineData("id")]
    [InlineData("row")]
    [InlineData("modality")]
    public void Changed_data_is_not_recognised(string change)
    {
        var data = SyntheticData.Generate(Small);
        var train = data["train"];
        switch (change)
        {
            case "feature":
                train.Features[1].Values[^1] += 0.001f;
                break;
            case "label":
                train.Labels[^1] = float.NaN;
                break;
            case "id":
                train = new Split("train", [.. train.Ids.Take(60), "synth-v1-s1-n101-train-000099"], train.Labels, train.Features);
                break;
            case "row":
                train = new Split("train", [.. train.Ids.SkipLast(1)], train.Labels[..^1], [.. train.Features.Select(f => new FeatureArray(f.Modality, f.Values[..^f.Modality.RowSize]))]);
                break;
        }

        var modalities = change == "modality" ? [.. data.Modalities.Select(m => m with { Name = m.Name + "2" })] : data.Modalities;
        Assert.Null(SyntheticModel.TryRecognise(new DataSet("f", modalities, [train, data["valid"], data["test"]], "")));
    }

    [Fact]
    public void Data_from_elsewhere_and_data_with_settings_of_its_own_are_not_recognised()
    {
        var custom = SyntheticData.Generate(Small with { LabelStd = 1 });
        Assert.StartsWith("synth-v1-custom-", custom["train"].Ids[0]);
        Assert.Null(SyntheticModel.TryRecognise(custom));
        Assert.Null(SyntheticModel.TryRecognise(new DataSet("f", custom.Modalities, [new Split("train", ["a"], [0], [.. custom["train"].Features.Select(f => new FeatureArray(f.Modality, f.Values[..f.Modality.RowSize]))])], "")));
    }

    [Fact]
    public void Impossible_settings_are_refused_with_what_is_allowed()
    {
        Assert.Contains("20 to 1000000", Assert.Throws<InputException>(() => SyntheticData.Generate(Small with { Utterances = 19 })).Message);
        Assert.Contains("2 to 32", Assert.Throws<InputException>(() => SyntheticData.Generate(Small with { Modalities = [Small.Modalities[0]] })).Message);
        Assert.Contains("sum to 1", Assert.Throws<InputException>(() => SyntheticData.Generate(Small with { LabelShares = [0.5, 0.4, 0, 0] })).Message);
        Assert.Contains("one per label share", Assert.Throws<InputException>(() => SyntheticData.Generate(Small with { LabelShares = [0.5, 0.5] })).Message);
        Assert.Contains("less than 1", Assert.Throws<InputException>(() => SyntheticData.Generate(Small with { Modalities = [Small.Modalities[0], new("b", 1, 1, [[0.8, 0.6, 0, 0]])] })).Message);
        Assert.Contains("0 to 0.95", Assert.Throws<InputException>(() => SyntheticData.Generate(Small with { Interactions = 1 })).Message);
        Assert.Contains("1 to 9", Assert.Throws<InputException>(() => SyntheticData.Generate(Small with { Components = 0 })).Message);
        Assert.Contains("0 to 0.95", Assert.Throws<InputException>(() => SyntheticData.Generate(Small with { Redundancy = -0.1 })).Message);
        Assert.Contains("0.01 to 100", Assert.Throws<InputException>(() => SyntheticData.Generate(Small with { Noise = 0 })).Message);
        Assert.Contains("0 to 0.95", Assert.Throws<InputException>(() => SyntheticData.Generate(Small with { TrainMissing = 1 })).Message);
        Assert.Contains("two of sentiment", Assert.Throws<InputException>(() => SyntheticData.Generate(Small with { LabelShares = [1], Components = 2 })).Message);
        Assert.Contains("same name", Assert.Throws<InputException>(() => SyntheticData.Generate(Small with { Modalities = [Small.Modalities[0], Small.Modalities[0]] })).Message);
    }

    [Fact]
    public void Any_number_of_modalities_of_any_size_can_be_made()
    {
        var options = Small with
        {
            LabelShares = [1],
            Modalities = [new("p", 1, 3, [[0.5]]), new("q", 7, 1, [[0.2]]), new("r", 2, 2, []), new("s", 5, 4, [[0.9], [-0.3]]) { PrivateFactors = 0 }],
        };
        var data = SyntheticData.Generate(options);
        Assert.Equal([3, 7, 4, 20], data["valid"].Features.Select(f => f.Values.Length / data["valid"].Count));
        Assert.Equal(1.69, new SyntheticModel(options).PosteriorVariance(ModalitySet.Of(2)), 1e-12); // r does not see the label
    }
}
