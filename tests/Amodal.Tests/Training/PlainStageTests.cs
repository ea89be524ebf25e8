using Amodal.Randomness;
using Amodal.Tests.Methods.Fills;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Training;

public class PlainStageTests
{
    private static readonly ClassifierStageOptions _options = new() { Epochs = 4, BatchSize = 8, LearningRate = 0.01, WeightDecay = 0 };

    private static readonly float[] _plain = Weights(_options);

    public static TheoryData<string> Changes { get; } = ["epochs", "learningRate", "weightDecay", "batchSize"];

    [Theory, MemberData(nameof(Changes))]
    public void Every_setting_of_the_training_changes_what_is_trained(string setting) => Assert.NotEqual(_plain, Weights(setting switch
    {
        "epochs" => _options with { Epochs = 5 },
        "learningRate" => _options with { LearningRate = 0.02 },
        "weightDecay" => _options with { WeightDecay = 0.5 },
        _ => _options with { BatchSize = 4 },
    }));

    [Fact]
    public void It_ends_after_so_many_epochs_without_a_lower_loss_and_keeps_the_best()
    {
        var losses = new Queue<double>([3, 1, 2, 2, 0]);
        Assert.Equal(Weights(_options with { Epochs = 2 }), Weights(_options with { Epochs = 5, Patience = 2 }, losses.Dequeue));
        Assert.Single(losses);
    }

    [Fact]
    public void A_rate_a_bound_of_the_gradient_and_even_batches_are_what_they_say()
    {
        Assert.NotEqual(_plain, Weights(_options, gradientNorm: 0.01)); // Adam divides by what it has seen, so a bound shows where gradients differ
        Assert.Equal(Weights(_options with { Epochs = 2 }), Weights(_options, rate: epoch => epoch <= 2 ? 1 : 0));
        var sizes = new List<int>();
        _ = Weights(_options with { Epochs = 1 }, sizes: sizes, isEven: true);
        Assert.Equal([10, 10], sizes); // of 20 rows by 8
    }

    private static float[] Weights(
        ClassifierStageOptions options, Func<double>? validate = null, double gradientNorm = 0, Func<int, double>? rate = null, List<int>? sizes = null, bool isEven = false)
    {
        using var scope = NewDisposeScope();
        Stage.SeedTorch(1);
        using var layer = nn.Linear(3, 1);
        var (x, y) = (SimpleFillTests.Normal(20, 3), SimpleFillTests.Normal(20, 1, seed: 2));
        var falling = 0.0;
        new FillCase.Stages().Run(new PlainStage("plain", 1, new Dictionary<string, nn.Module> { ["layer"] = layer }, options, [.. Enumerable.Range(0, 20).Select(i => (long)i)], Loss, _ => validate?.Invoke() ?? --falling)
        {
            GradientNorm = gradientNorm,
            Rate = rate,
            HasEvenBatches = isEven,
        });
        return [.. layer.weight.data<float>()];

        Tensor Loss(long[] rows, StableRandom random)
        {
            sizes?.Add(rows.Length);
            var index = tensor(rows);
            return (layer.forward(x.index_select(0, index)) - y.index_select(0, index)).square().mean();
        }
    }
}
