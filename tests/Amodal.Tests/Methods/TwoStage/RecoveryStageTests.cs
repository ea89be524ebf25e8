using Amodal.Alignment;
using Amodal.Data;
using Amodal.Latents;
using Amodal.Methods.TwoStage;
using Amodal.Missingness;
using Amodal.Prediction;
using Amodal.Randomness;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.TwoStage;

/// <summary>Stage 2: what it learns from, and what it is selected by.</summary>
public sealed class RecoveryStageTests : IDisposable
{
    private const ulong Seed = 3;

    private static readonly ExperimentOptions _options = TinyRun.TinyOptions with
    {
        Fusion = TinyRun.TinyOptions.Fusion with { AttentionDropout = 0.5, Dropout = 0.5 },
        Stage2 = TinyRun.TinyOptions.Stage2 with { BatchSize = 24 }, // all of train in one step
    };

    private readonly TinyRun _tiny = new(_options, TinyRun.Uneven);
    private readonly TwoStageModel _model;
    private readonly LatentStore _train;
    private readonly LatentStore _valid;

    public RecoveryStageTests()
    {
        Stage.SeedTorch(1);
        _model = new TwoStageModel(_tiny.Data.Modalities, _tiny.Options, Seed);
        Draws.Fill(_model.Scores, 5, std: 0.3);
        Draws.Fill(_model.Decoders, 6, std: 0.3);
        _model.MoveTo(CPU);
        using var data = new TrainingData(_tiny.Data, Standardiser.Fit(_tiny.Data["train"]), CPU);
        _model.Baselines.FitLatents(data.TrainFeatures);
        (_train, _valid) = (_model.Encode(data.Train, data.TrainFeatures), _model.Encode(data.Valid, data.ValidFeatures));
    }

    [Fact]
    public void It_is_selected_by_what_it_answers_in_use_the_mean_over_every_incomplete_set()
    {
        using var stage = Prepared(_options.Stage2);
        var path = _model.CreatePath(Seed);
        double Loss(ModalitySet observed) => path.Predict(_valid, observed).Zip(_valid.Split.Labels, (p, y) => Math.Abs((double)p - y)).Average();
        var losses = Patterns.Incomplete(3).Select(Loss).ToList();
        Assert.Equal(losses.Average(), stage.Validate(default), 1e-5 * losses.Max()); // float32 sums of some sixty errors
        Assert.Equal(6, losses.Distinct().Count());

        // The complete set is answered by stage 1a's fusion, whose weights select nothing here.
        var before = stage.Validate(default);
        Draws.Fill(_model.Complete.Fusion, 7, std: 0.3);
        Assert.Equal(before, stage.Validate(default));
    }

    [Fact]
    public void The_perceptual_target_is_the_features_of_true_latents_without_dropout()
    {
        using var scope = NewDisposeScope();
        using var stage = Prepared(_options.Stage2);
        using var optimiser = stage.CreateOptimiser();
        var expected = AlignmentOfTheFirstStep();
        stage.TrainEpoch(1, optimiser, _ => { }, default);
        var noted = stage.TakeNotes().Single(n => n.Key == "loss/train/alignment").Value;
        Assert.Equal(expected, noted, 1e-5 * expected); // the same float32 sums, but for the order of rows
        Assert.False(_model.Fusion.training);
    }

    [Fact]
    public void It_is_selected_by_all_rows_of_a_large_split()
    {
        using var many = _valid.Select([.. Enumerable.Range(0, 300).Select(i => i % _valid.Count)]); // more than are validated at once
        using var stage = new RecoveryStage(_model, _options.Stage2, _train, many, Seed);
        stage.Prepare(1, _ => { }, default);
        var path = _model.CreatePath(Seed);
        var losses = Patterns.Incomplete(3).Select(o => path.Predict(many, o).Zip(many.Split.Labels, (p, y) => Math.Abs((double)p - y)).Average()).ToList();
        Assert.Equal(losses.Average(), stage.Validate(default), 1e-5 * losses.Max());
    }

    [Theory]
    [InlineData(0, new[] { 1 })]
    [InlineData(1, new[] { 1, 2, 3, 4, 5 })]
    [InlineData(2, new[] { 1, 3, 5 })]
    [InlineData(3, new[] { 1, 4 })]
    public void Recoveries_of_train_are_drawn_anew_after_so_many_epochs_and_those_of_valid_never(int every, int[] epochs)
    {
        using var stage = new RecoveryStage(_model, _options.Stage2 with { RefreshEvery = every }, _train, _valid, Seed);
        var (drawn, losses) = (new List<int>(), new List<double>());
        for (var epoch = 1; epoch <= 5; epoch++)
        {
            var isDrawn = false;
            stage.Prepare(epoch, _ => isDrawn = true, default);
            drawn.AddRange(isDrawn ? [epoch] : []);
            losses.Add(stage.Validate(default));
        }

        Assert.Equal(epochs, drawn);
        Assert.Single(losses.Distinct());
    }

    public void Dispose()
    {
        _train.Dispose();
        _valid.Dispose();
        _model.Dispose();
        _tiny.Dispose();
    }

    private RecoveryStage Prepared(RecoveryStageOptions options)
    {
        var stage = new RecoveryStage(_model, options, _train, _valid, Seed);
        stage.Prepare(1, _ => { }, default);
        return stage;
    }

    /// <summary>By hand: the epoch's random sequence seeds dropout, orders the rows, and draws an observed set for each.</summary>
    private float AlignmentOfTheFirstStep()
    {
        var random = new StableRandom(Seed, StableRandom.KeyOf("recovery"), 1);
        var dropout = random.NextUInt64();
        var order = Enumerable.Range(0, _train.Count).ToArray();
        random.Shuffle(order.AsSpan());
        using var cache = RecoveryCache.Fill(_train, _model.CreatePath(Seed), 0, Seed, draw: 0, _ => { }, default);
        var observed = order.Select(row => cache.DrawPattern(row, random, new TrainedSets(3, 0))).ToArray();
        var index = tensor(order.Select(row => (long)row).ToArray());
        var truth = _train.Latents.Select(x => x.index_select(0, index)).ToList();
        var recovered = new List<(Tensor, Tensor)>();
        var latents = truth.Select((x, m) =>
        {
            var lacking = Enumerable.Range(0, order.Length).Where(i => !observed[i].Contains(m)).ToArray();
            var places = tensor(lacking.Select(i => (long)i).ToArray());
            var aligned = _model.Align(m, cache.Gather(m, lacking.Select(i => (order[i], observed[i]))));
            recovered.Add((aligned, x.index_select(0, places)));
            return x.index_copy(0, places, aligned);
        }).ToList();

        Stage.SeedTorch(dropout);
        _model.Fusion.train();
        var features = Features(latents);
        _model.Fusion.eval();
        return AlignmentLoss.Total(recovered, features, () => Features(truth), _options.Alignment.PerceptualWeight).item<float>();

        Tensor Features(List<Tensor> from) => _model.Fusion.Features([.. from.Select((x, m) => _model.LatentScale.Restore(m, x))]);
    }
}
