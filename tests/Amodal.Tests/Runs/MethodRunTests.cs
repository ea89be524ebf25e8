using Amodal.Evaluation;
using Amodal.Latents;
using Amodal.Methods.TwoStage;
using Amodal.Missingness;
using Amodal.Prediction;
using Amodal.Runs;
using Amodal.Tests.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Runs;

/// <summary>The method and the baselines of a trained run, against what they are said to be.</summary>
public sealed class MethodRunTests : IDisposable
{
    private static readonly ModalitySet _all = ModalitySet.All(3);
    private readonly TinyRun _tiny = TinyRun.Trained(TinyRun.Uneven);
    private readonly TrainedRun _run;
    private readonly FeatureTensors _features;
    private readonly LatentStore _latents;
    private readonly IReadOnlyList<MethodRun> _baselines;
    private readonly MethodRun _method;

    public MethodRunTests()
    {
        _run = _tiny.Load();
        (_features, _latents) = _run.Encode(_tiny.Data, "test");
        _baselines = [.. RunBaselines.Of(_run).Select(b => new MethodRun(b, _tiny.Data["test"]))];
        _method = new MethodRun(new TorchMethod(_run, seed: 1), _tiny.Data["test"]);
    }

    private TwoStageModel Model => _run.Model;

    private float[] Baseline(string name, ModalitySet observed) => _baselines[BaselineNames.All.ToList().IndexOf(name)].Predict(observed);

    [Fact]
    public void On_complete_data_filling_is_the_classifier_of_stage_1a()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var complete = Model.Complete.Predict(_features.Values).data<float>().ToArray();
        Close(complete, Baseline("zero-fill", _all));
        Close(complete, Baseline("mean-fill", _all));
    }

    // The latents were standardised and restored, and pass a fusion of some fifty operations.
    private static void Close(float[] expected, float[] actual) => Relative.Equal(expected, actual, 1e-4);

    [Fact]
    public void Where_something_is_missing_zeros_or_the_training_average_stand_in()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var encoded = _features.Values.Select((x, m) => Model.Complete.Encoders.Encode(m, x)).ToArray();
        var (train, trainLatents) = _run.Encode(_tiny.Data, "train");
        var average = Model.Complete.Encoders.Encode(1, train.Values[1]).mean([0], keepdim: true);
        Check("zero-fill", zeros_like(encoded[1]));
        Check("mean-fill", average.expand_as(encoded[1]));
        train.Dispose();
        trainLatents.Dispose();

        void Check(string floor, Tensor fill)
        {
            var expected = Model.Complete.Fusion.Predict([encoded[0], fill, encoded[2]]).data<float>().ToArray();
            Close(expected, Baseline(floor, ModalitySet.Of(0, 2)));
        }
    }

    [Fact]
    public void The_floors_without_recovery_use_only_what_they_may()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var constant = Assert.Single(Baseline("majority", _all).Distinct());
        var labels = _tiny.Data["train"].Labels;
        Assert.Equal(labels.Count(y => y > 0) >= labels.Count(y => y < 0), constant > 0);
        Assert.Equal(Baseline("majority", _all), Baseline("language-only", ModalitySet.Of(1, 2)));
        Assert.Equal(Baseline("language-only", _all), Baseline("language-only", ModalitySet.Of(0)));
        Assert.True(Baseline("language-only", _all).Distinct().Count() > 1);
        var dropped = Model.Dropout.Predict([_features.Values[0], zeros_like(_features.Values[1]), _features.Values[2]]).data<float>().ToArray();
        Assert.Equal(dropped, Baseline("dropout-trained", ModalitySet.Of(0, 2)));
    }

    [Fact]
    public void Samples_are_different_draws_and_averaged()
    {
        var (path, observed) = (Model.CreatePath(1), ModalitySet.Of(1));
        var draws = Enumerable.Range(0, 3).Select(draw => path.Predict(_latents, observed, draw)).ToList();
        Assert.NotEqual(draws[0], draws[1]);
        Assert.Equal(draws[0], _method.Predict(observed, samples: 1, null, CancellationToken.None));
        var agreement = _method.Agreements[(0, observed)].Sampled.Error;
        var mean = _method.Predict(observed, samples: 3, null, CancellationToken.None);
        Assert.All(mean.Index(), p => Assert.Equal(draws.Average(d => d[p.Index]), p.Item, 1e-6f * (1 + draws.Max(d => Math.Abs(d[p.Index])))));
        Assert.Equal(agreement, _method.Agreements[(0, observed)].Sampled.Error); // latents are of the first draw
        Assert.Equal(path.Predict(_latents, _all), _method.Predict(_all, samples: 3, null, CancellationToken.None));
    }

    [Fact]
    public void The_floor_of_one_modality_is_called_by_it()
    {
        string[] known = ["covarep", "glove"], other = ["eeg", "pulse"];
        Assert.Equal("language-only (glove)", BaselineNames.TitleOf("language-only", known, 1));
        Assert.Equal("one-modality (eeg)", BaselineNames.TitleOf("language-only", other, 0));
        Assert.Equal("one-modality (covarep)", BaselineNames.TitleOf("language-only", known, 0));
        Assert.All(BaselineNames.All, name => Assert.Equal(name, BaselineNames.Of(BaselineNames.TitleOf(name, known, 1))));
        Assert.All(BaselineNames.All, name => Assert.Equal(name, BaselineNames.Of(BaselineNames.TitleOf(name, other, 0))));
        Assert.Null(BaselineNames.Of("languages"));
        Assert.Equal(1, TwoStageModel.PrimaryModality([new("covarep", 1, 1), new("glove", 1, 1)]));
        Assert.Equal(0, TwoStageModel.PrimaryModality([new("eeg", 1, 1), new("pulse", 1, 1)]));
    }

    [Fact]
    public void Mean_filled_latents_err_by_the_spread_of_the_true_ones_and_recovered_ones_by_their_distance()
    {
        using var evaluator = _tiny.Evaluator();
        var rows = evaluator.Evaluate(new EvaluationOptions { MaskSeeds = 1, Random = false }).LatentRecovery;
        Assert.Equal(9, rows.Count); // each of three modalities, from three sets
        using var scope = NewDisposeScope();
        var path = Model.CreatePath((ulong)_run.Options.Seed);
        foreach (var row in rows)
        {
            var m = TinyRun.Uneven.Select(x => x.Name).ToList().IndexOf(row.Modality);
            var average = Model.LatentScale.Standardise(m, Model.Statistics.LatentAverage(m).unsqueeze(0));
            Relative.Equal((_latents.Latents[m] - average).square().mean().sqrt().item<float>(), row.MeanFillError, Relative.Network); // a root mean square, in float32 and in float64
            var observed = Patterns.All(3).Single(o => o.Describe([.. TinyRun.Uneven.Select(x => x.Name)]) == row.Observed);
            double[] recovered = [.. path.Complete(_latents, observed)[m].data<float>().Select(x => (double)x)];
            double[] truth = [.. _latents.Latents[m].data<float>().Select(x => (double)x)];
            Relative.Equal(MathNet.Numerics.Distance.Euclidean(recovered, truth) / Math.Sqrt(truth.Length), row.Error, Relative.Network);
            Relative.Equal(MathNet.Numerics.Statistics.Correlation.Pearson(recovered, truth), row.Correlation, Relative.Network, size: 1);
        }
    }

    public void Dispose()
    {
        _baselines.Append(_method).ToList().ForEach(m => m.Dispose());
        _features.Dispose();
        _latents.Dispose();
        _run.Dispose();
        _tiny.Dispose();
    }
}
