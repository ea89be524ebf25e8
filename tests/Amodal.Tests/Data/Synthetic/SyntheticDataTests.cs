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
