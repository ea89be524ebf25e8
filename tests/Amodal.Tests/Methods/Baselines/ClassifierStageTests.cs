using Amodal.Data;
using Amodal.Methods.Baselines;
using Amodal.Missingness;
using Amodal.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Amodal.Tests.Methods.Baselines;

/// <summary>Stage 1a and the rivals: what they are shown, and what selects them. The network is a stand-in that keeps what it saw.</summary>
public sealed class ClassifierStageTests : IDisposable
{
    private const int Train = 70; // two batches and a part of one
    private const int Valid = 300; // more than are validated at once

    private static readonly Modality[] _modalities = [new("a", 2, 1), new("b", 1, 2), new("c", 3, 1)];

    private readonly TrainingData _data = new(
        new DataSet("", _modalities, [Rows("train", Train, 1), Rows("valid", Valid, 2)], ""),
        new Standardiser([.. _modalities.Select(m => new float[m.Width])], [.. _modalities.Select(m => Enumerable.Repeat(1f, m.Width).ToArray())]), CPU);

    private readonly Linear _network = Linear(1, 1);
    private readonly List<Tensor[]> _shown = [];

    [Theory, InlineData(true), InlineData(false)]
    public void It_is_selected_by_the_mean_over_rows_and_for_the_rival_that_drops_over_every_set(bool drops)
    {
        var expected = (drops ? Patterns.All(3) : [ModalitySet.All(3)]).Select(LossOf).ToList();
        using var stage = Stage(drops);
        Assert.Equal(expected.Average(), stage.Validate(default), 1e-5 * expected.Max()); // float32 sums of 300 numbers of order 1
        Assert.Equal(expected.Count, expected.Distinct().Count());
    }

    [Fact]
    public void The_rival_that_drops_is_shown_another_set_in_every_row_and_what_it_keeps_as_it_is()
    {
        var sets = TrainOnce(drops: true, (shown, whole) => Assert.True(shown.eq(whole).logical_or(shown.eq(0)).all().item<bool>()));
        Assert.Equal(Train, sets.Count);
        Assert.DoesNotContain(default, sets);
        // 70 draws of 7 sets: each is expected 10 times; fewer than 1 or more than 25 has a chance under 1e-4.
        Assert.All(Patterns.All(3), p => Assert.InRange(sets.Count(s => s == p), 1, 25));
    }

    [Fact]
    public void Without_dropping_every_row_is_shown_whole() =>
        Assert.All(TrainOnce(drops: false, (shown, whole) => Assert.Equal(0, Draws.Distance(shown, whole))), s => Assert.Equal(ModalitySet.All(3), s));

    public void Dispose()
    {
        foreach (var x in _shown.SelectMany(s => s))
        {
            x.Dispose();
        }

        _data.Dispose();
        _network.Dispose();
    }

    private ClassifierStage Stage(bool drops) => new(
        new("classifier", "network", _network, Predict, drops), 1, new() { BatchSize = 32 }, _data);

    /// <summary>The set that every row of an epoch was shown, in the order of the rows.</summary>
    private List<ModalitySet> TrainOnce(bool drops, Action<Tensor, Tensor> compare)
    {
        using var stage = Stage(drops);
        using var optimiser = stage.CreateOptimiser();
        stage.TrainEpoch(1, optimiser, _ => { }, default);
        Assert.Equal([32, 32, 6], _shown.Select(s => s[0].shape[0]));
        using var scope = NewDisposeScope();
        var sets = new List<ModalitySet>();
        var seen = new HashSet<int>();
        foreach (var batch in _shown)
        {
            for (var i = 0; i < batch[0].shape[0]; i++)
            {
                var shown = batch.Select(x => x[i]).ToArray();
                var kept = Enumerable.Range(0, 3).Where(m => shown[m].count_nonzero().item<long>() > 0).ToArray();
                var row = Enumerable.Range(0, Train).Single(r => kept.All(m => shown[m].eq(_data.TrainFeatures.Values[m][r]).all().item<bool>()));
                Assert.True(seen.Add(row));
                Assert.All(shown.Index(), x => compare(x.Item, _data.TrainFeatures.Values[x.Index][row]));
                sets.Add(ModalitySet.Of(kept));
            }
        }

        return sets;
    }

    /// <summary>By hand, all rows at once: what is missing is zero.</summary>
    private double LossOf(ModalitySet observed)
    {
        using var scope = NewDisposeScope();
        var predicted = Sum([.. _data.ValidFeatures.Values.Select((x, m) => observed.Contains(m) ? x : zeros_like(x))]);
        return (predicted - tensor(_data.Valid.Labels)).abs().mean().item<float>();
    }

    private Tensor Predict(IReadOnlyList<Tensor> features)
    {
        _shown.Add([.. features.Select(x => x.detach().clone().DetachFromDisposeScope())]);
        return Sum(features) + (_network.weight.sum() * 0);
    }

    private static Tensor Sum(IReadOnlyList<Tensor> features) => features.Select((x, m) => x.sum([1, 2]) * (m + 1)).Aggregate((a, b) => a + b);

    private static Split Rows(string name, int rows, ulong seed)
    {
        using var scope = NewDisposeScope();
        return new Split(name, [.. Enumerable.Range(0, rows).Select(i => $"{i}")], [.. Draws.Normal(seed + 2, rows).data<float>()], [.. _modalities.Select((m, i) => new FeatureArray(m,
            [.. Draws.Normal(seed + ((ulong)i * 10), rows, m.Length * m.Width).data<float>()]))]);
    }
}
