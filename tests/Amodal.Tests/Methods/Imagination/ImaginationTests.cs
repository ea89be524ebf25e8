using Amodal.Methods;
using Amodal.Methods.Imagination;
using Amodal.Missingness;
using Amodal.Targets;
using Amodal.Tests.Methods.Fills;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.Imagination;

public class ImaginationTests
{
    private static readonly VectorContext _context = new([3, 4, 2], Target.Score, new ExperimentOptions());

    [Fact]
    public void Where_nothing_is_missing_there_is_nothing_to_reconstruct()
    {
        using var scope = NewDisposeScope();
        Stage.SeedTorch(1);
        using var network = new CraNetwork(_context, new(), weight: 1, blocks: 2);
        var whole = Rows(ModalitySet.All(3));
        Assert.Equal(0, network.Reconstruction(whole, network.Code(whole)).item<float>());
        var part = Rows(ModalitySet.Of(1));
        Assert.NotEqual(0, network.Reconstruction(part, network.Code(part)).item<float>());
    }

    [Fact]
    public void A_cascade_whose_last_layers_are_zero_is_the_identity_and_a_plain_auto_encoder_is_not()
    {
        using var scope = NewDisposeScope();
        Stage.SeedTorch(1);
        var x = SimpleFillTests.Normal(5, 12);
        using var cascade = new Cascade(12, [8, 4], blocks: 3);
        using var plain = new Cascade(12, [8, 4], blocks: 1, isResidual: false);
        using var noGradient = no_grad();
        foreach (var layer in cascade.Outputs.Concat(plain.Outputs))
        {
            layer.weight.zero_();
            layer.bias!.zero_();
        }

        var (output, bottlenecks) = cascade.Run(x);
        Assert.True(output.Equals(x));
        Assert.Equal([5, 3 * 4], bottlenecks.shape);
        Assert.Equal(0, plain.Run(x).Output.abs().max().item<float>());
    }

    [Fact]
    public void Of_whole_utterances_the_teacher_tells_all_the_same_which_the_student_can_learn_to_the_end()
    {
        using var scope = NewDisposeScope();
        Stage.SeedTorch(1);
        using var network = new MminNetwork(_context);
        network.eval();
        var (whole, part) = (Rows(ModalitySet.All(3)), Rows(ModalitySet.Of(1)));
        Assert.Equal(0, (network.Reverse(whole) - network.Reverse(whole).narrow(0, 0, 1)).abs().max().item<float>());
        Assert.NotEqual(0, network.Reverse(whole).abs().max().item<float>()); // the codes of zeros are no zeros
        Assert.NotEqual(0, (network.Reverse(part) - network.Reverse(part).narrow(0, 0, 1)).abs().max().item<float>());
        using var optimiser = optim.Adam(network.parameters(), 0.003);
        var before = network.Imagined(whole).item<float>();
        for (var step = 0; step < 60; step++)
        {
            using var inner = NewDisposeScope();
            optimiser.zero_grad();
            network.Imagined(whole).backward();
            optimiser.step();
        }

        Assert.InRange(network.Imagined(whole).item<float>() / before, 0, 0.01);
        Assert.Equal([1, 64 * 5], network.named_parameters().Single(p => p.name == "head.0.weight").parameter.shape.Select((n, i) => i == 0 ? 1 : n)); // the bottlenecks of five blocks
    }

    [Fact]
    public void What_a_method_predicts_does_not_depend_on_what_is_missing()
    {
        using var scope = NewDisposeScope();
        Stage.SeedTorch(1);
        foreach (var network in new VectorNetwork[] { new CraNetwork(_context, new(), 1, 2), new CraNetwork(_context, new(), 1, 0), new MminNetwork(_context) })
        {
            using (network)
            {
                network.eval();
                var rows = Rows(ModalitySet.Of(0, 2));
                var others = rows with { Truth = [rows.Truth[0], rows.Truth[1].mul(7), rows.Truth[2]] };
                Assert.True(network.Predict(rows).Equals(network.Predict(others)));
            }
        }
    }

    [Fact]
    public void The_divergence_is_nothing_between_equals_and_half_the_square_of_a_shift()
    {
        using var scope = NewDisposeScope();
        var (mean, log) = (tensor(new[,] { { 0.3f, -1 } }), tensor(new[,] { { 0.5f, -0.2f } }));
        Assert.Equal(0, CvaeFill.Divergence(mean, log, mean, log).item<float>(), 1e-6);
        Assert.Equal(0.5 * ((4 / Math.Exp(1)) + (4 / Math.Exp(-0.4))), CvaeFill.Divergence(mean, log, mean + 2, log).item<float>(), 1e-5);
        Assert.Equal(2 * (Math.Log(2) + (1.0 / 8) - 0.5), CvaeFill.Divergence(zeros(1, 2), zeros(1, 2), zeros(1, 2), full(1, 2, (float)Math.Log(2))).item<float>(), 1e-5);
    }

    [Fact]
    public void Of_a_Gaussian_the_conditional_mean_is_recovered()
    {
        using var scope = NewDisposeScope();
        var (train, valid) = (Gaussian(2000, 1), Gaussian(500, 9));
        using var data = new FillCase([1, 1], train, valid);
        using var cvae = data.Train(CvaeFill.Descriptor, context => new CvaeFill(context), "cvae.training.epochs=12", "cvae.size=4");
        using var gan = data.Train(GanFill.Descriptor, context => new GanFill(context), "gan.training.epochs=20", "gan.training.learningRate=0.001");
        foreach (var fill in new LatentFill[] { cvae, gan })
        {
            var error = (data.Fill(fill, valid, ModalitySet.Of(0)).select(1, 1) - valid.select(1, 0).mul(0.8)).square().mean().item<float>();
            Assert.InRange(error / 0.36, 0, 0.05); // of the variance that is left
        }

        var (whole, one) = (zeros(1, 2), tensor(new float[] { 1, 0 }, [1, 2]));
        var draws = gan.Generate(whole.expand(4000, -1), SimpleFillTests.Normal(4000, 2) * one.flip(1), one.expand(4000, -1)).select(1, 1);
        Assert.InRange(draws.var().item<float>() / 0.36, 0.5, 1.5); // it draws, and does not give the mean

        static Tensor Gaussian(int rows, ulong seed)
        {
            var x = SimpleFillTests.Normal(rows, 1, seed);
            return cat([x, x.mul(0.8) + SimpleFillTests.Normal(rows, 1, seed + 1).mul(0.6)], 1);
        }
    }

    [Fact]
    public void Where_no_validation_row_is_complete_the_epoch_is_chosen_by_the_training_rows()
    {
        using var scope = NewDisposeScope();
        var valid = SimpleFillTests.Normal(8, 2);
        valid.narrow(1, 1, 1).fill_(float.NaN);
        using var data = new FillCase([1, 1], SimpleFillTests.Normal(64, 2), valid);
        using var fill = data.Train(CvaeFill.Descriptor, context => new CvaeFill(context), "cvae.training.epochs=2", "cvae.size=4");
        Assert.True(data.Fill(fill, ones(3, 2), ModalitySet.Of(0)).isfinite().all().item<bool>());
    }

    [Fact]
    public void A_rate_stays_for_a_fifth_of_the_epochs_and_falls_to_nothing_behind_the_last()
    {
        Assert.Equal([1, 1, 8.0 / 9, 7.0 / 9], Enumerable.Range(1, 4).Select(epoch => Schedule.Rate(epoch, 10)));
        Assert.Equal(1.0 / 9, Schedule.Rate(10, 10));
    }

    private static VectorBatch Rows(ModalitySet observed)
    {
        var given = tensor([.. Enumerable.Range(0, 6 * 3).Select(i => observed.Contains(i % 3) ? 1f : 0f)], [6, 3]);
        return new([SimpleFillTests.Normal(6, 3), SimpleFillTests.Normal(6, 4, seed: 2), SimpleFillTests.Normal(6, 2, seed: 3)], given, ones(6, 3));
    }
}
