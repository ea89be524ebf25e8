using Amodal.Data;
using Amodal.Methods.LinearFirst;
using Amodal.Missingness;
using Amodal.Tests.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.LinearFirst;

public class GaussianMixtureTests
{
    private static readonly Modality[] _modalities = [new("a", 1, 2), new("b", 2, 1), new("c", 1, 1)];

    /// <summary>Two clouds whose modalities hang together in opposite ways: what a line leaves open is in which cloud a row is.</summary>
    [Fact]
    public void On_rows_of_two_Gaussians_it_comes_near_the_true_conditional_means()
    {
        using var scope = NewDisposeScope();
        var (train, valid, rows) = (Mixed(4000, 1), Mixed(1000, 2), Mixed(500, 3));
        using var gaussian = Fitted(train, valid);
        using var mixture = new GaussianMixture(gaussian.Sizes);
        mixture.Fit(gaussian, Encode(gaussian, train), Encode(gaussian, valid), seed: 1);
        Assert.InRange(mixture.Worth, 0.9f, 1);
        var mean = cat([.. _modalities.Select((_, m) => gaussian.MeanOf(m))]);
        var (x, farthest) = (Encode(gaussian, rows), 0f);
        foreach (var observed in Patterns.Incomplete(3))
        {
            var filled = gaussian.Fill(x.split([2, 2, 1], 1), observed);
            var truth = Truth(rows, observed) - mean;
            var (ridge, corrected) = ((filled - truth).square().mean().item<float>(), (mixture.Correct(filled, observed) - truth).square().mean().item<float>());
            // A tenth of the common covariance moves a slope by up to a tenth.
            Assert.True(corrected < Math.Max(0.15 * ridge, 0.01), $"{string.Join("+", observed.Members)}: {corrected} for {ridge}");
            farthest = Math.Max(farthest, ridge);
        }

        Assert.True(farthest > 0.2, $"{farthest}"); // there is much to correct

        Assert.Equal(0, Draws.Distance(x, mixture.Correct(x, ModalitySet.All(3))));
    }

    [Fact]
    public void On_Gaussian_rows_nothing_is_added()
    {
        using var scope = NewDisposeScope();
        var weights = Draws.Normal(4, 5, 5);
        var (train, valid) = (Draws.Normal(1, 1500, 5).matmul(weights), Draws.Normal(2, 600, 5).matmul(weights));
        using var gaussian = Fitted(train, valid);
        using var mixture = new GaussianMixture(gaussian.Sizes);
        mixture.Fit(gaussian, Encode(gaussian, train), Encode(gaussian, valid), seed: 1);
        Assert.InRange(mixture.Worth, 0, 0.5f);
        var filled = gaussian.Fill(valid.split([2, 2, 1], 1), ModalitySet.Of(0));
        var added = (mixture.Correct(filled, ModalitySet.Of(0)) - filled).square().mean().item<float>();
        Assert.True(added < 0.001 * filled.square().mean().item<float>(), $"{added}");
    }

    [Fact]
    public void Too_few_complete_rows_and_rows_that_never_vary_add_nothing()
    {
        using var scope = NewDisposeScope();
        foreach (var (rows, varies) in new[] { (20, true), (400, false) })
        {
            var train = varies ? Mixed(rows, 1) : zeros(rows, 5);
            using var gaussian = Fitted(train, train);
            using var mixture = new GaussianMixture(gaussian.Sizes);
            mixture.Fit(gaussian, Encode(gaussian, train), Encode(gaussian, train), seed: 1);
            var filled = gaussian.Fill(Encode(gaussian, train).split([2, 2, 1], 1), ModalitySet.Of(1));
            Assert.Equal(0, Draws.Distance(filled, mixture.Correct(filled, ModalitySet.Of(1))));
        }
    }

    [Fact]
    public void Fits_are_the_same_by_seed_and_leave_no_tensors()
    {
        using var scope = NewDisposeScope();
        var (train, valid) = (Mixed(300, 1), Mixed(100, 2));
        using var gaussian = Fitted(train, valid);
        var (x, y) = (Encode(gaussian, train), Encode(gaussian, valid));
        using GaussianMixture a = new(gaussian.Sizes), b = new(gaussian.Sizes);
        a.Fit(gaussian, x, y, seed: 5);
        var before = LiveTensors.CountAfterCollection();
        b.Fit(gaussian, x, y, seed: 5);
        Assert.Equal(before, LiveTensors.CountAfterCollection());
        foreach (var (own, other) in a.buffers().Zip(b.buffers()))
        {
            Assert.Equal(0, Draws.Distance(own.to(ScalarType.Float32), other.to(ScalarType.Float32)));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Validation_chooses_it_by_the_prediction_and_an_export_answers_so_too(bool isMixed)
    {
        var data = TinyRun.MakeData(TinyRun.Uneven, [600, 200, 20]);
        foreach (var split in data.Splits)
        {
            for (var row = 0; isMixed && row < split.Count; row++)
            {
                // The first number of sound says no more than the sign of how text hangs together with the label.
                var (side, y) = (row % 2 == 0 ? 1 : -1, split.Labels[row]);
                split.Features[0].Values[row * split.Features[0].Modality.RowSize] = y * 3;
                split.Features[1].Values[row * split.Features[1].Modality.RowSize] = side * 3;
                split.Features[2].Values[row * split.Features[2].Modality.RowSize] = side * y * 3;
            }
        }

        data = new DataSet(data.Source, data.Modalities, data.Splits, DataDigest.Compute(data.Modalities, data.Splits));
        var settings = new LinearFirstOptions { Width = 8, Steps = 60, BatchSize = 32, Teacher = 0, LearningRate = 0.01 };
        var options = TinyRun.TinyOptions with
        {
            Name = "mine",
            Method = "linear-first",
            Classifier = TinyRun.TinyOptions.Classifier with { Epochs = 1 },
            Methods = TinyRun.TinyOptions.Methods.With("linear-first", settings),
        };
        using var tiny = new TinyRun(options, data);
        tiny.Train();
        var without = options with { Methods = options.Methods.With("linear-first", settings with { Means = LinearMeans.Ridge }) };
        Assert.Equal(["mixture", "network-mixture"], Amodal.Runs.StageKeys.Of(options).Keys.Except(Amodal.Runs.StageKeys.Of(without).Keys));
        var chosen = StageFileOf(tiny, "network");
        Assert.Equal(isMixed, chosen["mixture.used"] != 0);
        Assert.True(chosen["mixture.worth"] > (isMixed ? 0.5 : -1));
        using var run = tiny.Load();
        using var ours = run.CreateMethod();
        var folder = tiny.Directory.Path + "-onnx";
        run.Export(folder);
        using var exported = Amodal.Engines.OnnxAnswer.Load(folder, threads: 1);
        using var a = ours.Encode(data["test"]);
        using var b = exported.Encode(data["test"]);
        foreach (var set in Patterns.All(3))
        {
            Observation[] all = [.. Enumerable.Repeat(Observation.Of(set), 20)];
            Relative.Equal(a.Predict(all), b.Predict(all), 30 * Relative.Network, size: 1); // responsibilities are exponentials of sums of squares
        }
    }

    private static Dictionary<string, float> StageFileOf(TinyRun tiny, string stage)
    {
        using var scope = NewDisposeScope();
        return Amodal.Files.SafeTensors.Read(tiny.Directory.StageFile(stage), out _).Where(t => t.Value.numel() == 1).ToDictionary(t => t.Key, t => t.Value.to(ScalarType.Float32).item<float>());
    }

    private static JointGaussian Fitted(Tensor train, Tensor valid)
    {
        var gaussian = new JointGaussian(_modalities, components: 8);
        gaussian.Fit(Features(train), Features(valid));
        return gaussian;
    }

    private static Tensor[] Features(Tensor x) => [x[.., ..2].view(-1, 1, 2), x[.., 2..4].view(-1, 2, 1), x[.., 4..].view(-1, 1, 1)];

    private static Tensor Encode(JointGaussian gaussian, Tensor x) => cat([.. Features(x).Select((f, m) => gaussian.Encode(m, f))], 1);

    private static (Tensor Mean, Tensor Root)[] Clouds() =>
    [
        Cloud([2, 0, 0, 1, 1], [1, 0.2f, 0.9f, 0, 0.8f]),
        Cloud([-2, 0, 0, -1, 1], [1, 0.2f, -0.9f, 0.5f, -0.8f]),
    ];

    private static (Tensor Mean, Tensor Root) Cloud(float[] mean, float[] common) => (tensor(mean), cat([tensor(common).unsqueeze(0), eye(5) * 0.4]));

    /// <summary>One of three in the second cloud.</summary>
    private static Tensor Mixed(int rows, ulong seed) => cat([.. Clouds().Select((cloud, k) =>
    {
        var count = k == 0 ? rows - (rows / 3) : rows / 3;
        return cloud.Mean + Draws.Normal(seed + (10UL * (ulong)k), count, 6).matmul(cloud.Root);
    })]);

    /// <summary>E[x | x_O] of the two clouds, in double.</summary>
    private static Tensor Truth(Tensor rows, ModalitySet observed)
    {
        long[][] columns = [[0, 1], [2, 3], [4]];
        var given = tensor([.. observed.Members.SelectMany(m => columns[m])]);
        var missing = tensor([.. ModalitySet.All(3).Without(observed).Members.SelectMany(m => columns[m])]);
        var x = rows.to(ScalarType.Float64);
        var parts = Clouds().Select((cloud, k) =>
        {
            var (mean, covariance) = (cloud.Mean.to(ScalarType.Float64), cloud.Root.t().matmul(cloud.Root).to(ScalarType.Float64));
            var inverse = linalg.inv(covariance.index_select(0, given).index_select(1, given));
            var off = x.index_select(1, given) - mean.index_select(0, given);
            var log = Math.Log(k == 0 ? 2 : 1) + (0.5 * linalg.slogdet(inverse).Item2) - (0.5 * (off.matmul(inverse) * off).sum([1]));
            return (log, mean.index_select(0, missing) + off.matmul(inverse).matmul(covariance.index_select(0, given).index_select(1, missing)));
        }).ToList();
        var responsible = nn.functional.softmax(stack([.. parts.Select(p => p.log)], 1), 1);
        var means = parts.Select((p, k) => p.Item2 * responsible.narrow(1, k, 1)).Aggregate((a, b) => a + b);
        return x.index_copy(1, missing, means).to(ScalarType.Float32);
    }
}
