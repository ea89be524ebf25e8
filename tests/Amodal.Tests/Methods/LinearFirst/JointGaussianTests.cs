using Amodal.Data;
using Amodal.Data.Synthetic;
using Amodal.Evaluation;
using Amodal.Latents;
using Amodal.Methods;
using Amodal.Methods.LinearFirst;
using Amodal.Missingness;
using Amodal.Targets;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.LinearFirst;

public class JointGaussianTests
{
    private static readonly Modality[] _modalities = [new("a", 2, 2), new("b", 3, 1), new("c", 1, 2)];

    [Fact]
    public void What_is_missing_becomes_the_ridge_regression_from_what_is_observed()
    {
        using var scope = NewDisposeScope();
        using var gaussian = Fitted(60, 8);
        var (train, rows) = (Rows(60, 1), Rows(5, 3));
        foreach (var observed in Patterns.Incomplete(3))
        {
            var filled = gaussian.Fill(Encode(gaussian, rows, observed), observed);
            // The same by normal equations on the rows themselves, in double.
            var (x, y) = (Of(train, observed), Of(train, ModalitySet.All(3).Without(observed)));
            var (meanX, meanY) = (x.mean([0]), y.mean([0]));
            var gram = (x - meanX).t().matmul(x - meanX) / 60;
            var penalty = gaussian.get_buffer("penalties")![observed.Count - 1].item<double>();
            var weights = linalg.inv(gram + (eye(gram.shape[0], dtype: ScalarType.Float64) * penalty * gram.trace() / gram.shape[0])).matmul((x - meanX).t().matmul(y - meanY) / 60);
            var expected = (Of(rows, observed) - meanX).matmul(weights);
            var recovered = cat([.. ModalitySet.All(3).Without(observed).Members.Select(m => filled.narrow(1, gaussian.Sizes.Take(m).Sum(), gaussian.Sizes[m]))], 1);
            Relative.Equal(expected.to(ScalarType.Float32), recovered, Relative.Network, size: 1);
            Assert.All(observed.Members, m => Assert.Equal(0, Draws.Distance(gaussian.Encode(m, rows[m]), filled.narrow(1, gaussian.Sizes.Take(m).Sum(), gaussian.Sizes[m]))));
        }
    }

    [Theory]
    [InlineData(40)] // more rows than features
    [InlineData(3)] // fewer: components from the products of rows
    public void All_components_that_vary_say_what_the_features_say(int rows)
    {
        using var scope = NewDisposeScope();
        Modality[] wide = [new("a", 4, 3), new("b", 2, 1)];
        using var gaussian = new JointGaussian(wide, components: 8);
        // Of 12 numbers of a row as many directions vary as there are factors, or rows less one.
        var factors = Draws.Normal(7, 4, 12);
        Tensor[] train = [Draws.Normal(8, rows, 4).matmul(factors).view(rows, 4, 3) + 5, Draws.Normal(9, rows, 2, 1)];
        gaussian.Fit(train, train);
        Assert.Equal([8, 2], gaussian.Sizes);
        var centred = train[0].flatten(1) - train[0].flatten(1).mean([0]);
        Relative.Equal(centred, gaussian.Encode(0, train[0]).matmul(gaussian.get_buffer("basis0")!.t()), 20 * Relative.Network, size: 10);
    }

    [Fact]
    public void On_generated_data_the_closed_form_alone_is_near_the_optimum_in_every_set()
    {
        var model = new SyntheticModel(new SyntheticOptions { Utterances = 3000 });
        var data = SyntheticData.Generate(model.Options);
        var standardiser = Standardiser.Fit(data["train"]);
        using var train = FeatureTensors.From(data["train"], standardiser, CPU);
        using var valid = FeatureTensors.From(data["valid"], standardiser, CPU);
        using var test = FeatureTensors.From(data["test"], standardiser, CPU);
        using var scope = NewDisposeScope();
        using var gaussian = new JointGaussian(data.Modalities, components: 512);
        gaussian.Fit(train.Values, valid.Values);
        Tensor All(FeatureTensors features) => cat([.. features.Values.Select((x, m) => gaussian.Encode(m, x))], 1);
        using var linear = new LinearPredictor(gaussian.Sizes, Target.Score);
        using var direct = new DirectPredictor(gaussian.Sizes, Target.Score);
        direct.Moments.Fit(All(train).to(ScalarType.Float64), tensor(data["train"].Labels));
        direct.Fit(All(valid), tensor(data["valid"].Labels));
        linear.Fit(direct.Moments, All(valid), tensor(data["valid"].Labels));
        ClosedForms forms = new(gaussian, linear, direct);
        using var method = new LinearFirstModel("ours", forms, 1, new LinearFirstOptions { Width = 0 });
        using var ridge = new LinearFirstModel("ridge", forms, 1, new LinearFirstOptions { Width = 0, Linear = LinearPart.PerSet, Fill = LinearFill.Zeros });
        foreach (var observed in Patterns.All(3))
        {
            var best = Mae(model.OptimalPredictions(data["test"], observed));
            foreach (var linearOnly in new[] { method, ridge })
            {
                float[] predicted = [.. linearOnly.Predict(Encode(gaussian, test.Values, observed), observed).data<float>()];
                Assert.InRange(Mae(predicted) - best, -0.02, 0.04); // 1,800 training rows against none; a constant is 0.2 to 0.7 behind
            }
        }

        double Mae(float[] predicted) => predicted.Zip(data["test"].Labels, (p, y) => Math.Abs(p - y)).Average();
    }

    [Fact]
    public void Draws_have_the_mean_and_the_covariance_that_the_rows_leave_open_in_every_set_with_any_penalty()
    {
        using var scope = NewDisposeScope();
        using var gaussian = Fitted(400, 60);
        gaussian.get_buffer("penalties")!.copy_(tensor([0.5, 0.1, 0]));
        const int draws = 20_000;
        var (train, row) = (Rows(400, 1), Rows(1, 3));
        foreach (var observed in Patterns.Incomplete(3))
        {
            var missing = gaussian.Columns(ModalitySet.All(3).Without(observed));
            // The covariance of what recovery leaves of the rows that it was fitted on, which have no mean there.
            var left = (gaussian.Fill(Encode(gaussian, train, ModalitySet.All(3)), ModalitySet.All(3)) - gaussian.Fill(Encode(gaussian, train, observed), observed))
                .index_select(1, missing).to(ScalarType.Float64);
            var covariance = left.t().matmul(left) / left.shape[0];
            var mean = gaussian.Fill(Encode(gaussian, row, observed), observed);
            var drawn = gaussian.Draw(mean.expand(draws, -1), observed, new Draws.Noise(4));
            Assert.Equal(0, Draws.Distance(mean.index_select(1, gaussian.Columns(observed)), drawn[0].unsqueeze(0).index_select(1, gaussian.Columns(observed))));
            var off = (drawn - mean).index_select(1, missing).to(ScalarType.Float64);
            // Standard errors: of a mean sqrt(S_ii / K), of a covariance sqrt((S_ii S_jj + S_ij^2) / K); five of them, for some 150 comparisons.
            var variances = covariance.diagonal();
            Assert.True((off.mean([0]).abs() <= 5 * (variances / draws).sqrt()).all().item<bool>());
            var error = ((variances.unsqueeze(0) * variances.unsqueeze(1)) + covariance.square()) / draws;
            Assert.True(((off.t().matmul(off) / draws) - covariance).abs().le(5 * error.sqrt()).all().item<bool>());

            var weights = Draws.Normal(5, gaussian.Numbers, 2);
            var ofMissing = weights.index_select(0, missing).to(ScalarType.Float64);
            Relative.Equal(ofMissing.t().matmul(covariance).matmul(ofMissing).diagonal().to(ScalarType.Float32), gaussian.Variance(weights, observed), 10 * Relative.Network, size: 1);
        }

        Assert.Equal(0, Draws.Distance(zeros(2), gaussian.Variance(Draws.Normal(5, gaussian.Numbers, 2), ModalitySet.All(3))));
    }

    [Fact]
    public void Draws_of_many_rows_have_the_true_conditional_mean_and_covariance()
    {
        using var scope = NewDisposeScope();
        const int rows = 40_000;
        using var gaussian = Fitted(rows, 4000);
        var truth = Truth();
        var row = Rows(1, 3);
        foreach (var observed in Patterns.Incomplete(3))
        {
            var (given, missing) = (gaussian.Columns(observed), gaussian.Columns(ModalitySet.All(3).Without(observed)));
            var weights = linalg.solve(truth.index_select(0, given).index_select(1, given), truth.index_select(0, given).index_select(1, missing));
            var covariance = truth.index_select(0, missing).index_select(1, missing) - weights.t().matmul(truth.index_select(0, given).index_select(1, missing));
            var filled = gaussian.Fill(Encode(gaussian, row, observed), observed);
            var off = (gaussian.Draw(filled.expand(rows, -1), observed, new Draws.Noise(4)) - filled).index_select(1, missing).to(ScalarType.Float64);
            // Rows and draws err by 1 / sqrt(40,000) each, five times; the least penalty adds a ten-thousandth of the mean variance to the diagonal.
            Relative.Equal(covariance.to(ScalarType.Float32), (off.t().matmul(off) / rows).to(ScalarType.Float32), 10 * 2 / Math.Sqrt(rows));
            var mean = filled.index_select(1, given).to(ScalarType.Float64).matmul(weights);
            Relative.Equal(mean.to(ScalarType.Float32), filled.index_select(1, missing), 10 * 2 / Math.Sqrt(rows), size: 3);
        }
    }

    [Fact]
    public void What_was_solved_is_kept_within_a_bound_and_what_was_handed_out_stays_good()
    {
        using var scope = NewDisposeScope();
        using var sets = new SolvedSets(most: 25);
        var solved = 0;
        Tensor Ask(int modality) => sets.Of(ModalitySet.Of(modality), () =>
        {
            solved++;
            return full(10, (float)modality);
        });
        var first = Ask(1);
        _ = Ask(2);
        _ = Ask(1);
        _ = Ask(3); // lets 2 go, which was asked for the longest ago
        Assert.Equal((2, 3), (sets.Count, solved));
        _ = Ask(1);
        Assert.Equal(3, solved);
        _ = Ask(2);
        _ = Ask(1);
        Assert.Equal((2, 4), (sets.Count, solved));
        Assert.Equal(1, first[0].item<float>());
    }

    [Fact]
    public void Rows_that_lack_modalities_tell_of_the_covariance_what_they_can()
    {
        using var scope = NewDisposeScope();
        // No row has a and c both; b goes with either, so that the factors of all are known from pairs.
        const int count = 20_000;
        var shared = Draws.Normal(21, count, 1);
        Tensor[] rows = [.. _modalities.Select((m, i) => ((shared * (i + 1)) + Draws.Normal((ulong)i + 22, count, m.RowSize)).view(count, m.Length, m.Width))];
        ModalitySet[] present = [.. Enumerable.Range(0, count).Select(row => row % 4 == 0 ? ModalitySet.All(3) : row % 2 == 0 ? ModalitySet.Of(0, 1) : ModalitySet.Of(1, 2))];
        Tensor[] damaged = [.. rows.Select((x, m) => x.masked_fill(tensor([.. present.Select(p => !p.Contains(m))]).view(count, 1, 1), 7))]; // never looked at
        using var all = new JointGaussian(_modalities, components: 100);
        all.Fit(rows, rows);
        using var some = new JointGaussian(_modalities, components: 100);
        some.Fit(damaged, rows, present);
        using var complete = new JointGaussian(_modalities, components: 100);
        complete.Fit([.. rows.Select(x => x[..40])], rows); // as many as a hundredth of those that are complete
        var truth = all.get_buffer("covariance")!;
        // A covariance of variables of variance up to 10 from n rows is known to 10 sqrt(2 / n): 0.14 for the 5,000 that have a and c.
        Assert.InRange((some.get_buffer("covariance")! - truth).abs().max().item<double>(), 0, 0.7);
        Assert.True((complete.get_buffer("covariance")! - truth).abs().max().item<double>() > 0.7);
    }

    /// <summary>x = L u + e / 2 + i: the covariance by the law that makes the rows.</summary>
    internal static Tensor Truth()
    {
        var loadings = cat([.. _modalities.Select((m, i) => Draws.Normal((ulong)i + 50, 2, m.RowSize))], 1).to(ScalarType.Float64);
        return loadings.t().matmul(loadings) + (0.25 * eye(loadings.shape[1], dtype: ScalarType.Float64));
    }

    internal static JointGaussian Fitted(int train, int valid)
    {
        var gaussian = new JointGaussian(_modalities, components: 100);
        using var scope = NewDisposeScope();
        gaussian.Fit(Rows(train, 1), Rows(valid, 2));
        return gaussian;
    }

    /// <summary>Modalities that share two factors, with means that are not 0.</summary>
    internal static Tensor[] Rows(int rows, ulong seed)
    {
        var shared = Draws.Normal(seed, rows, 2);
        return [.. _modalities.Select((m, i) => (shared.matmul(Draws.Normal((ulong)i + 50, 2, m.RowSize)) + (0.5 * Draws.Normal(seed + ((ulong)i * 10), rows, m.RowSize)) + i).view(rows, m.Length, m.Width))];
    }

    private static Tensor Of(IReadOnlyList<Tensor> rows, ModalitySet set) => cat([.. set.Members.Select(m => rows[m].flatten(1))], 1).to(ScalarType.Float64);

    internal static Tensor?[] Encode(JointGaussian gaussian, IReadOnlyList<Tensor> rows, ModalitySet observed) =>
        [.. rows.Select((x, m) => observed.Contains(m) ? gaussian.Encode(m, x) : null)];
}
