using Amodal.Data;
using Amodal.Evaluation;
using Amodal.Methods.LinearFirst;
using Amodal.Missingness;
using Amodal.Runs;
using Amodal.Targets;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.LinearFirst;

public class LinearFirstTrainingTests
{
    private static readonly LinearFirstOptions _settings = new() { Width = 8, Steps = 120, BatchSize = 16 };

    [Fact]
    public void The_network_begins_at_the_closed_form_and_betters_it_where_the_labels_are_not_linear()
    {
        var data = TinyRun.MakeData(TinyRun.Uneven, [1500, 300, 20]);
        foreach (var split in data.Splits)
        {
            // The size of a feature: the line through it is flat.
            for (var row = 0; row < split.Count; row++)
            {
                split.Labels[row] = Math.Abs(split.Features[0].Row(row)[0]);
            }
        }

        using var features = new TrainingData(data, Amodal.Data.Standardiser.Fit(data["train"]), CPU);
        var settings = _settings with { Width = 32, Steps = 600, BatchSize = 64, Dropout = 0 };
        using var gaussian = new JointGaussian(data.Modalities, components: 100);
        gaussian.Fit(features.TrainFeatures.Values, features.ValidFeatures.Values);
        using var rows = new ResidualRows(gaussian, features);
        using var linear = new LinearPredictor(gaussian.Sizes, data.Target);
        using (NewDisposeScope())
        using (var moments = new LabelMoments(gaussian.Numbers, data.Target))
        {
            moments.Fit(cat([.. rows.Train.Numbers], 1).to(ScalarType.Float64), rows.Train.Labels);
            linear.Fit(moments, cat([.. rows.Valid.Numbers], 1), rows.Valid.Labels);
        }

        using var model = new LinearFirstModel("network", new ClosedForms(gaussian, linear, null), 1, settings);
        using var stage = new ResidualStage("network-labels", seed: 1, model, model.Networks[0], rows, Patterns.All(3));
        using var scope = NewDisposeScope();
        Assert.Equal(0, Draws.Distance(model.Predict(rows.Valid.Numbers, ModalitySet.All(3), networks: 0), model.Predict(rows.Valid.Numbers, ModalitySet.All(3))));
        var (before, ofAll) = (Error(), stage.Validate(default));
        using var optimiser = stage.CreateOptimiser();
        var counts = new List<long>();
        for (var epoch = 1; epoch <= stage.Epochs; epoch++)
        {
            stage.TrainEpoch(epoch, optimiser, _ => { }, default);
            counts.Add(epoch == 1 ? LiveTensors.CountAfterCollection() : Tensor.TotalCount);
        }

        Assert.True(Error() < 0.7 * before, $"{Error()} of {before}");
        Assert.True(stage.Validate(default) < 0.95 * ofAll, $"{stage.Validate(default)} of {ofAll}"); // in three sets of seven there is nothing to be learnt
        Assert.Single(counts.Distinct());

        float Error()
        {
            using var noGradient = no_grad();
            using var inner = NewDisposeScope();
            return (model.Predict(rows.Valid.Numbers, ModalitySet.All(3)) - rows.Valid.Labels).abs().mean().item<float>();
        }
    }

    [Fact]
    public void It_trains_resumes_to_the_same_bytes_and_shares_the_baselines()
    {
        var options = TinyRun.TinyOptions with { Name = "mine", Method = "linear-first", Methods = TinyRun.TinyOptions.Methods.With("linear-first", _settings with { Draws = LinearDraws.Diffusion }) };
        using var tiny = new TinyRun(options, TinyRun.Uneven);
        tiny.Train();
        Assert.Equal(["classifier", "dropout-baseline", "language-baseline", "closed-form", "direct-ridge", "mixture", "network-teacher", "network-labels", "network-mixture", "network-taught", "network", "diffusion-network", "diffusion", "calibration"], tiny.Directory.ReadManifest().Stages);
        using var stop = new CancellationTokenSource();
        var half = new RunDirectory(tiny.Directory.Path + "-half");
        Assert.Throws<OperationCanceledException>(() => new Trainer(options, tiny.Data, half, CPU, new StopAfter("network-labels", stop)).Train(resume: false, stop: stop.Token));
        new Trainer(options, tiny.Data, half, CPU).Train(resume: true);
        Assert.Equal(File.ReadAllBytes(tiny.Directory.StageFile("network")), File.ReadAllBytes(half.StageFile("network")));
        Assert.Equal(File.ReadAllBytes(tiny.Directory.StageFile("diffusion")), File.ReadAllBytes(half.StageFile("diffusion")));
        Assert.Equal(File.ReadAllBytes(tiny.Directory.StageFile("calibration")), File.ReadAllBytes(half.StageFile("calibration")));

        Assert.Equal(["classifier", "dropout-baseline", "language-baseline"], StageKeys.Shared(options, TinyRun.TinyOptions));
        Assert.Contains("network", StageKeys.Shared(options, options with { Methods = options.Methods.With("linear-first", _settings) })); // the draws' setting changes no prediction
        var linear = options with { Methods = options.Methods.With("linear-first", _settings with { Width = 0 }) };
        Assert.Equal(["classifier", "dropout-baseline", "language-baseline", "closed-form", "direct-ridge"], StageKeys.Shared(options, linear));
        var alone = new RunDirectory(tiny.Directory.Path + "-alone");
        new Trainer(linear, tiny.Data, alone, CPU).Train(resume: false, reuse: tiny.Directory);
        using var session = new RunSession(TrainedRun.Load(alone.Path, CPU).CreateMethod(isOwner: true), tiny.Data, "test");
        var observed = session.Observed("text", null);
        var predicted = session.Predict(observed, samples: 1);
        Assert.All(predicted, p => Assert.True(double.IsFinite(p.Prediction) && p.Lower is null));
        // Ten rows of validation allow 90 of a hundred, the tenth smallest, and no more.
        Assert.All(session.WithIntervals(predicted, observed, 90), p => Assert.True(p.Lower < p.Prediction && p.Prediction < p.Upper && double.IsFinite(p.Width!.Value)));
        Assert.All(session.WithIntervals(predicted, observed, 99), p => Assert.Equal(double.PositiveInfinity, p.Upper));
    }

    [Fact]
    public void A_teacher_that_knows_what_rows_without_a_label_would_say_is_worth_many_labels()
    {
        // The label is a product, of which the linear part knows nothing; 60 of 1,500 rows have one.
        var data = TinyRun.MakeData(TinyRun.Uneven, [1500, 300, 20]);
        foreach (var split in data.Splits)
        {
            for (var row = 0; row < split.Count; row++)
            {
                split.Labels[row] = split.Name == "train" && row >= 60 ? float.NaN : split.Features[0].Row(row)[0];
            }
        }

        using var features = new TrainingData(data, Amodal.Data.Standardiser.Fit(data["train"]), CPU);
        using var gaussian = new JointGaussian(data.Modalities, components: 100);
        gaussian.Fit(features.TrainFeatures.Values, features.ValidFeatures.Values);
        using var rows = new ResidualRows(gaussian, features);
        var settings = _settings with { Width = 32, Steps = 400, BatchSize = 64, Linear = LinearPart.Trained, Fill = LinearFill.Zeros, Teacher = 0.9 };
        using var model = new LinearFirstModel("distilled", new ClosedForms(gaussian, new LinearPredictor(gaussian.Sizes, data.Target), null), 1, settings);
        // Here the truth is the teacher.
        using var answers = rows.Train.Numbers[0].select(1, 0).clone();
        using var taught = new ResidualStage("taught", seed: 1, model, model.Networks[0], rows, Patterns.All(3), answers);
        using var network = model.CreateNetwork();
        using var labels = new ResidualStage("labels", seed: 1, model, network, rows, Patterns.All(3));
        Assert.True(Trained(taught) < 0.9 * Trained(labels), $"{taught.Validate(default)} taught, {labels.Validate(default)} by labels");

        static double Trained(ResidualStage stage)
        {
            using var optimiser = stage.CreateOptimiser();
            for (var epoch = 1; epoch <= stage.Epochs; epoch++)
            {
                stage.TrainEpoch(epoch, optimiser, _ => { }, default);
            }

            return stage.Validate(default);
        }
    }

    [Fact]
    public void Strong_ways_without_recovery_are_rows_beside_it()
    {
        var options = TinyRun.TinyOptions with { Name = "mine", Method = "linear-first", Methods = TinyRun.TinyOptions.Methods.With("linear-first", _settings with { Rivals = true }) };
        using var tiny = new TinyRun(options, TinyRun.Uneven);
        tiny.Train();
        using var run = TrainedRun.Load(tiny.Directory.Path, CPU);
        var rows = RunBaselines.Of(run);
        Assert.Equal(["ridge", "ridge-residual", "dropout-ensemble", "distilled", "dropout-network"], rows.Select(r => r.Card.Name).Skip(5));
        var answers = rows.Skip(5).Append(run.CreateMethod()).Select(method =>
        {
            using var encoded = method.Encode(tiny.Data["test"]);
            return encoded.Predict([.. Enumerable.Repeat(Observation.Of(ModalitySet.Of(1)), tiny.Data["test"].Count)]);
        }).ToList();
        Assert.All(answers, a => Assert.All(a, p => Assert.True(float.IsFinite(p))));
        Assert.Equal(5, answers.Where((_, i) => i != 1).Select(a => a[0]).Distinct().Count()); // ridge-residual may be the ridge: validation chooses
    }

    /// <summary>
    /// The second modality holds the label, as one feature of the first does. With 40 rows, the first's 14 others are best recovered as
    /// hardly anything, and that one with them: a line from the second itself is better. Without that, lines through recovered means are.
    /// </summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Validation_chooses_the_linear_part_where_all_rows_have_a_label(bool isHardToRecover, bool lacksLabel)
    {
        var data = TinyRun.MakeData(TinyRun.Uneven, [isHardToRecover ? 40 : 200, 100, 10]);
        foreach (var split in data.Splits)
        {
            for (var row = 0; isHardToRecover && row < split.Count; row++)
            {
                split.Labels[row] = split.Features[0].Row(row)[0];
                split.Features[1].Values[row * split.Features[1].Modality.RowSize] = split.Features[0].Row(row)[0];
            }
        }

        data["train"].Labels[0] = lacksLabel ? float.NaN : data["train"].Labels[0];
        data = new DataSet(data.Source, data.Modalities, data.Splits, DataDigest.Compute(data.Modalities, data.Splits));
        var losses = new[] { LinearPart.Filled, LinearPart.PerSet, LinearPart.Chosen }.Select(part =>
        {
            var options = TinyRun.TinyOptions with { Name = "mine", Method = "linear-first", Methods = TinyRun.TinyOptions.Methods.With("linear-first", _settings with { Width = 0, Linear = part }) };
            using var tiny = new TinyRun(options, data);
            tiny.Train();
            using var run = tiny.Load();
            using var method = run.CreateMethod();
            using var encoded = method.Encode(data["valid"]);
            return Patterns.All(3).Average(set => encoded.Predict([.. Enumerable.Repeat(Observation.Of(set), 100)]).Zip(data["valid"].Labels, (p, y) => Math.Abs(y - p)).Average());
        }).ToList();
        Assert.Equal(isHardToRecover, losses[1] < 0.998 * losses[0]); // so that both choices are seen
        Assert.Equal(losses[isHardToRecover && !lacksLabel ? 1 : 0], losses[2]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void How_sure_the_dropout_network_is_stands_beside_how_sure_ours_is(bool ofClasses)
    {
        var data = TinyRun.MakeData(TinyRun.Uneven, [60, 20, 30]);
        if (ofClasses)
        {
            Split[] splits = [.. data.Splits.Select(s => new Split(s.Name, s.Ids, [.. s.Labels.Select(y => y < 0 ? 0f : 1f)], s.Features))];
            ClassTarget target = new(["low", "high"]);
            data = new DataSet(data.Source, data.Modalities, splits, DataDigest.Compute(data.Modalities, splits, target), target: target);
        }

        var options = TinyRun.TinyOptions with { Name = "mine", Method = "linear-first", Methods = TinyRun.TinyOptions.Methods.With("linear-first", _settings with { Rivals = true }) };
        using var tiny = new TinyRun(options, data);
        tiny.Train();
        using var evaluator = tiny.Evaluator();
        var result = evaluator.Evaluate(new EvaluationOptions { Random = false });
        Assert.Equal([("mine", 8), ("dropout-network", 8)], result.Certainty.CountBy(r => r.Method).Select(c => (c.Key, c.Value))); // seven sets and an average
        foreach (var rows in result.Certainty.GroupBy(r => r.Method).Select(g => g.ToList()))
        {
            Assert.All(rows, r => Assert.True(double.IsFinite(r.Coverage + r.Width) && r.Width > 0 && (ofClasses ? r.Deviation is null : r.Deviation > 0 && double.IsFinite(r.NegativeLogLikelihood!.Value + r.MostCertainError!.Value))));
            Assert.Equal(rows.Where(r => r.Observed != "text+sound+face").Take(6).Average(r => r.Width), rows[^1].Width, 1e-9);
            Assert.Equal(ProtocolEvaluator.AverageIncomplete, rows[^1].Observed);
        }

        if (!ofClasses)
        {
            // The row's own features decide how far it may be off: not all intervals of a set are as wide, as a linear part's are.
            var (complete, ours) = (result.Certainty.Where(r => r.Observed == "text+sound+face"), result.Certainty[0]);
            Assert.NotEqual(complete.First().Width, complete.Last().Width);
            Assert.NotEmpty(ours.Tells);
        }

        Assert.Contains(ResultFile.ToTables([result]).Single(t => t.Title.StartsWith("Intervals", StringComparison.Ordinal)).Rows, r => (r[0].Text, r[1].Text) == ("dropout-network", "mean over incomplete sets"));
    }

    private sealed class StopAfter(string stage, CancellationTokenSource stop) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Stage == stage && value.Epoch > 1)
            {
                stop.Cancel();
            }
        }
    }
}
