using Amodal.Methods.Fills;
using Amodal.Missingness;
using Amodal.Randomness;
using Amodal.Targets;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.Fills;

public class SimpleFillTests
{
    private static readonly int[] _sizes = [1, 2];

    [Fact]
    public void Noise_has_the_spread_of_the_training_rows_and_is_the_utterances_own()
    {
        using var scope = NewDisposeScope();
        using var data = new FillCase(_sizes, Normal(400, 3) * tensor(new[] { 1f, 2, 5 }), Normal(4, 3));
        using var fill = data.Train(NoiseFill.Descriptor, context => new NoiseFill(context));
        var drawn = data.Fill(fill, zeros(4000, 3), ModalitySet.Of(0));
        Relative.Equal(data.Data.Train.square().mean([0]).sqrt(), drawn.square().mean([0]).sqrt(), 0.06); // 5 / sqrt(2 * 4000)
        Assert.InRange(drawn.mean().item<float>(), -0.2, 0.2);
        Relative.Equal(drawn.narrow(0, 0, 5), data.Fill(fill, ones(5, 3), ModalitySet.Of(1)), Relative.Rounding);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_class_mean_is_over_the_rows_of_that_class_that_have_the_modality(bool isOfClasses)
    {
        using var scope = NewDisposeScope();
        var train = tensor(new[,] { { 1f, 2, 3 }, { 3, float.NaN, float.NaN }, { 5, 6, 7 }, { 7, 8, 9 }, { 100, 100, 100 } });
        float[] labels = isOfClasses ? [0, 0, 1, 1, float.NaN] : [-2, -1, 2, 3, float.NaN];
        Target? target = isOfClasses ? new ClassTarget(["sad", "glad"]) : null;
        using var data = new FillCase(_sizes, train, zeros(1, 3), labels, target, x => isOfClasses ? cat([-x.narrow(1, 0, 1), x.narrow(1, 0, 1)], 1) : x.select(1, 0));
        using var fill = data.Train(ClassMeanFill.Descriptor, context => new ClassMeanFill(context));
        var filled = data.Fill(fill, tensor(new[,] { { -4f, 0, 0 }, { 4, 0, 0 } }), ModalitySet.Of(0));
        Relative.Equal(tensor(new[,] { { 2f, 3 }, { 7, 8 } }), filled.narrow(1, 1, 2), Relative.Network);
    }

    [Fact]
    public void Class_means_of_several_labels_are_refused()
    {
        using var scope = NewDisposeScope();
        var target = new SeveralTarget([("joy", Target.Score), ("anger", Target.Score)]);
        using var data = new FillCase(_sizes, zeros(2, 3), zeros(1, 3));
        Assert.Contains("choose one label", Assert.Throws<InputException>(() => new ClassMeanFill(new(data.Layout, target, new()))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_nearest_neighbour_is_the_row_itself_where_it_is_known_and_each_modality_counts_alike()
    {
        using var scope = NewDisposeScope();
        // The second modality is large and says nothing of the third, which is the first.
        var first = Normal(60, 1);
        var train = cat([first, Normal(60, 1, seed: 2).mul(100), first], 1);
        using var data = new FillCase([1, 1, 1], train, train.narrow(0, 0, 20));
        using var fill = data.Train(NeighbourFill.Descriptor, context => new NeighbourFill(context));
        Relative.Equal(train.select(1, 2), data.Fill(fill, train, ModalitySet.Of(0)).select(1, 2), 0);
        Relative.Equal(train.select(1, 2), data.Fill(fill, train, ModalitySet.Of(0, 1)).select(1, 2), 0);
    }

    [Fact]
    public void Neighbours_lack_nothing_that_is_asked_for()
    {
        using var scope = NewDisposeScope();
        using var data = new FillCase([1, 1], tensor(new[,] { { 0f, float.NaN }, { 1, 5 }, { float.NaN, 9 } }), tensor(new[,] { { 0f, 5 } }));
        using var fill = data.Train(NeighbourFill.Descriptor, context => new NeighbourFill(context));
        Assert.Equal(5, data.Fill(fill, tensor(new[,] { { 0f, 0 } }), ModalitySet.Of(0))[0, 1].item<float>());
    }

    [Fact]
    public void Ridge_recovers_the_conditional_mean_of_a_Gaussian_where_rows_lack_modalities_too()
    {
        using var scope = NewDisposeScope();
        const int rows = 20_000;
        var x = Normal(rows, 1);
        var train = cat([x, x.mul(0.8) + Normal(rows, 1, seed: 2).mul(0.6), x.mul(-2)], 1);
        train.narrow(0, 0, rows / 2).narrow(1, 0, 1).fill_(float.NaN);
        using var data = new FillCase(_sizes, train, train.narrow(0, rows - 100, 100));
        using var fill = data.Train(RidgeFill.Descriptor, context => new RidgeFill(context));
        var filled = data.Fill(fill, ones(1, 3), ModalitySet.Of(0));
        Relative.Equal(tensor(new[,] { { 0.8f, -2 } }), filled.narrow(1, 1, 2), 0.02); // 3 / sqrt(10000), and the least penalty of 0.001
    }

    internal static Tensor Normal(int rows, int columns, ulong seed = 1)
    {
        var values = new float[rows * columns];
        new StableRandom(seed).FillNormal(values);
        return tensor(values, [rows, columns]);
    }
}
