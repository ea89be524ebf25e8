using Amodal.Data;
using Amodal.Latents;
using Amodal.Methods.LinearFirst;
using Amodal.Missingness;
using Amodal.Targets;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.LinearFirst;

public class CalibrationTests
{
    [Fact]
    public void The_factor_is_the_smallest_that_as_many_errors_and_the_next_lie_under()
    {
        double[] errors = [1, 2, 3, 4, 5, 6, 7, 8, 9];
        Assert.Equal(9, Calibration.Factor(errors, 90)); // ceil(10 * 0.9) is the ninth
        Assert.Equal(5, Calibration.Factor(errors, 50));
        Assert.Equal(6, Calibration.Factor(errors, 51)); // ceil(5.1)
        Assert.Equal(1, Calibration.Factor(errors, 1));
        Assert.Equal(double.PositiveInfinity, Calibration.Factor(errors, 91));
        Assert.Equal(double.PositiveInfinity, Calibration.Factor([], 50));
    }

    /// <summary>
    /// Validation and test rows are drawn alike, so of 6,000 and 4,000 the coverage has a standard error of
    /// sqrt(0.9 * 0.1 * (1 / 6000 + 1 / 4000)) = 0.0061; 0.88 to 0.92 is more than three of them.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nine_of_ten_labels_lie_within_in_every_set(bool withNetwork)
    {
        using var made = new Made(withNetwork ? 32 : 0, Curved, Target.Score);
        foreach (var observed in Patterns.All(3))
        {
            using var scope = NewDisposeScope();
            var (predictions, certainty) = made.Ask(observed, 90);
            var errors = made.Labels.Zip(predictions, (y, p) => Math.Abs(y - p)).ToList();
            float[] margins = [.. certainty.select(2, 1).data<float>()], deviations = [.. certainty.select(2, 0).data<float>()];
            Assert.InRange(errors.Zip(margins, (e, m) => e <= m ? 1.0 : 0).Average(), 0.88, 0.92);
            if (withNetwork && !observed.Contains(0) && observed.Count == 2)
            {
                Assert.True(deviations.Max() > 1.02 * deviations.Min()); // what is open depends on the row
            }
        }
    }

    [Fact]
    public void The_classes_that_are_left_hold_the_right_one_nine_times_of_ten()
    {
        using var made = new Made(0, x => x > 0.7f ? 2 : x > -0.4f ? 1 : 0, new ClassTarget(["low", "middle", "high"]));
        foreach (var observed in Patterns.All(3))
        {
            using var scope = NewDisposeScope();
            var (predictions, certainty) = made.Ask(observed, 90);
            float[] margins = [.. certainty.select(2, 1).data<float>()];
            Assert.InRange(made.Labels.Select((y, row) => predictions[(row * 3) + (int)y] >= 1 - margins[row] ? 1.0 : 0).Average(), 0.88, 0.92);
        }
    }

    [Fact]
    public void What_is_said_of_a_row_depends_on_no_other_row()
    {
        using var made = new Made(16, Curved, Target.Score, [300, 100, 40], steps: 60);
        using var scope = NewDisposeScope();
        var observed = ModalitySet.Of(1);
        var all = made.Certainty(observed, 90, [.. Enumerable.Range(0, 40)]);
        var some = made.Certainty(observed, 90, [7, 3]);
        Relative.Equal(cat([all[7..8], all[3..4]]), some, Relative.Network);
        Assert.True(Draws.Distance(all, made.Certainty(observed, 90, [.. Enumerable.Range(0, 40)], seed: 9)) > 0);
    }

    [Fact]
    public void Sets_with_too_few_rows_are_taken_by_all_of_their_size()
    {
        using var scope = NewDisposeScope();
        using var made = new Made(0, Curved, Target.Score, [200, 60, 20]);
        var factors = made.Calibration.get_buffer("factors")!;
        var of = ModalitySet.Of(0);
        var (place, pooled) = (made.Gaussian.Tried.ToList().IndexOf(of), made.Gaussian.Tried.Count);
        List<float> own = [.. new[] { 0, 1, 2 }.Select(m => factors[made.Gaussian.Tried.ToList().IndexOf(ModalitySet.Of(m)), 0, 89].item<float>())];
        Assert.InRange(factors[pooled, 0, 89].item<float>(), own.Min(), own.Max());
        factors[place].fill_(float.MaxValue);
        factors[pooled].fill_(5);
        var certainty = made.Certainty(of, 90, [0]);
        Relative.Equal(5, (certainty[0, 0, 1] / certainty[0, 0, 0]).item<float>(), Relative.Network);
        factors[pooled].fill_(float.MaxValue);
        Assert.Equal(float.PositiveInfinity, made.Certainty(of, 90, [0])[0, 0, 1].item<float>());
    }

    private static float Curved(float x) => Math.Abs(x);

    /// <summary>A trained model on rows of three modalities; labels are a function of the first feature, and noise.</summary>
    private sealed class Made : IDisposable
    {
        private readonly TrainingData _features;
        private readonly FeatureTensors _test;
        private readonly Split _split;
        private readonly Target _target;
        private readonly LinearPredictor _linear;

        public Made(int width, Func<float, float> label, Target target, int[]? counts = null, int steps = 300)
        {
            var plain = TinyRun.MakeData(TinyRun.Uneven, counts ?? [1500, 6000, 4000]);
            foreach (var split in plain.Splits)
            {
                for (var row = 0; row < split.Count; row++)
                {
                    // The second modality tells of the first; what both leave open is noise.
                    ref var second = ref split.Features[1].Values[row * split.Features[1].Modality.RowSize];
                    second = split.Features[0].Row(row)[0] + (0.5f * second);
                    split.Labels[row] = label(split.Features[0].Row(row)[0] + (0.3f * split.Features[2].Row(row)[0]));
                }
            }

            var data = new DataSet("tiny", plain.Modalities, plain.Splits, plain.Digest, target: target);
            var standardiser = Standardiser.Fit(data["train"]);
            (_features, _test, _split, _target) = (new TrainingData(data, standardiser, CPU), FeatureTensors.From(data["test"], standardiser, CPU), data["test"], target);
            var options = new LinearFirstOptions { Width = width, Steps = steps, BatchSize = 64 };
            Gaussian = new JointGaussian(data.Modalities, components: 100);
            Gaussian.Fit(_features.TrainFeatures.Values, _features.ValidFeatures.Values);
            using var rows = new ResidualRows(Gaussian, _features);
            _linear = new LinearPredictor(Gaussian.Sizes, target);
            using (NewDisposeScope())
            using (var moments = new LabelMoments(Gaussian.Numbers, target))
            {
                moments.Fit(cat([.. rows.Train.Numbers], 1).to(ScalarType.Float64), rows.Train.Labels);
                _linear.Fit(moments, cat([.. rows.Valid.Numbers], 1), rows.Valid.Labels);
            }

            Model = new LinearFirstModel("network", new ClosedForms(Gaussian, _linear, null), target.Width, options);
            Calibration = new Calibration(Model, Gaussian, target);
            if (width > 0)
            {
                using var stage = new ResidualStage("network-labels", seed: 1, Model, Model.Networks[0], rows, Patterns.All(3));
                using var optimiser = stage.CreateOptimiser();
                for (var epoch = 1; epoch <= stage.Epochs; epoch++)
                {
                    stage.TrainEpoch(epoch, optimiser, _ => { }, default);
                }

                Model.Networks[0].eval();
            }

            Calibration.Fit(rows.Valid.Numbers, data["valid"], seed: 1, target);
        }

        public JointGaussian Gaussian { get; }

        public LinearFirstModel Model { get; }

        public Calibration Calibration { get; }

        public float[] Labels => _split.Labels;

        public (float[] Predictions, Tensor Certainty) Ask(ModalitySet observed, int percent)
        {
            using var noGradient = no_grad();
            float[] predictions = [.. Model.Predict(Rows([.. Enumerable.Range(0, _split.Count)]), observed).contiguous().data<float>()];
            _target.Decode(predictions);
            return (predictions, Certainty(observed, percent, [.. Enumerable.Range(0, _split.Count)]));
        }

        public Tensor Certainty(ModalitySet observed, int percent, int[] rows, ulong seed = 1)
        {
            using var noGradient = no_grad();
            return cat([.. rows.Chunk(256).Select(part => Calibration.Of(Rows(part), observed, seed, percent))]);
        }

        public void Dispose()
        {
            _features.Dispose();
            _test.Dispose();
            Model.Dispose();
            Calibration.Dispose();
            Gaussian.Dispose();
            _linear.Dispose();
        }

        private Tensor[] Rows(int[] rows) =>
            [.. _test.Values.Select((x, m) => Gaussian.Encode(m, x.index_select(0, tensor(rows.Select(r => (long)r).ToArray()))))];
    }
}
