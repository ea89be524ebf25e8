using Amodal.Evaluation;
using Amodal.Missingness;
using Amodal.Targets;

namespace Amodal.Tests.Evaluation;

public class ProtocolEvaluatorTests
{
    private static readonly float[] _truth = [-3, -2, -1, 1, 2, 3, 2.5f, -0.5f];

    [Theory]
    [InlineData(2, 3, new[] { 0, 0.3, 0.5 })] // 0.7 of two cannot be had: the maximum is 0.5
    [InlineData(3, 7, new[] { 0, 0.3, 0.5, 0.7 })]
    [InlineData(6, 63, new[] { 0, 0.3, 0.5, 0.7 })]
    public void There_is_a_row_for_every_observed_set_two_averages_and_the_rates_that_can_be_had(int modalities, int sets, double[] rates)
    {
        var rows = Evaluator(modalities).Rows([Constant("a", 0), Constant("b", 1)]);
        string[] counts = [.. Enumerable.Range(1, modalities - 1).Where(_ => modalities >= 4).Select(n => $"{ProtocolEvaluator.AverageMissing}{n}")];
        Assert.Equal(2 * (sets + 2 + counts.Length + rates.Length), rows.Count);
        var mine = rows.Where(r => r.Method == "a").ToList();
        Assert.Equal(Patterns.All(modalities).Select(o => o.Describe(Names(modalities))).Concat([ProtocolEvaluator.AverageIncomplete, ProtocolEvaluator.AverageAll]).Concat(counts),
            mine.Where(r => r.Protocol == "fixed").Select(r => r.Case));
        Assert.Equal(rates.Select(r => FormattableString.Invariant($"MR={r}")), mine.Where(r => r.Protocol == "random").Select(r => r.Case));
        Assert.All(rows, r => Assert.Equal(_truth.Length, r.Count));
    }

    [Fact]
    public void Effects_are_the_differences_of_the_sets_that_they_name()
    {
        var method = new MethodPredictions("m", o => [.. _truth.Select((t, i) => o.Contains(0) ? t : i - 2f)]);
        var effects = Evaluator(2).Effects(method).Where(e => e.Metric == ScoreTarget.Mae).ToList();
        var without = Target.Score.Compute(_truth, method.For(ModalitySet.Of(1)))[ScoreTarget.Mae];
        string[] names = [.. Names(2)];
        Assert.Equal(
            [
                (names[0], ModalityEffect.Lost, null, -without), (names[1], ModalityEffect.Lost, null, 0),
                (names[0], ModalityEffect.Alone, null, 0), (names[1], ModalityEffect.Alone, null, -without),
                (names[0], ModalityEffect.Over, names[1], without),
            ],
            effects.Select(e => (e.Modality, e.Kind, e.Other, e.Kind == ModalityEffect.Over ? -e.Difference.Value : e.Difference.Value)));
        Assert.Empty(Evaluator(2, new EvaluationOptions { Fixed = false }).Effects(method));
    }

    [Fact]
    public void Single_utterances_have_the_predictions_of_every_set()
    {
        var method = new MethodPredictions("m", o => [.. _truth.Select((_, i) => (float)o.Modalities.Bits + i)]);
        var rows = Evaluator(2).Utterances(method, [.. _truth.Select((_, i) => ($"u{i}", (string?)$"said {i}"))]);
        Assert.Equal(_truth.Length, rows.Count);
        Assert.Equal(("u1", "said 1", 4, 2.5, 2, 3), (rows[1].Id, rows[1].Transcript, rows[1].Complete, rows[1].Incomplete, rows[1].Low, rows[1].High));
        Assert.Equal([3, 2], rows[1].Without); // without the first: only the second, whose bits are 2
        Assert.Equal(_truth[1], rows[1].Truth);
        Assert.Null(rows[1].Spread);

        // Two trainings that are 2 apart: their mean is between them, and they are a square root of 2 from it.
        var twice = new MethodPredictions("m", o => method.For(o), o => [.. method.For(o).Select(p => p + 2)]);
        var pooled = Evaluator(2).Utterances(twice, [.. _truth.Select((_, i) => ($"u{i}", (string?)null))]);
        Assert.Equal((5, 3.5), (pooled[1].Complete, pooled[1].Incomplete));
        Assert.Equal(Math.Sqrt(2), pooled[1].Spread!.Value, 1e-12);
    }

    [Fact]
    public void A_glance_asks_for_few_sets_however_many_modalities_there_are()
    {
        Glance(3, ProtocolEvaluator.AverageIncomplete, 7);
        Glance(6, "average-missing-1", 7); // not all 63

        static void Glance(int modalities, string average, int sets)
        {
            var asked = new HashSet<Observation>();
            var method = new MethodPredictions("m", o => asked.Add(o) ? _truth : _truth);
            var rows = Evaluator(modalities, new EvaluationOptions { IsBrief = true, Random = false }).Rows([method]);
            Assert.Equal([string.Join('+', Names(modalities)), average], rows.Select(r => r.Case));
            Assert.Equal(sets, asked.Count);
        }
    }

    [Fact]
    public void From_four_modalities_on_there_are_averages_by_the_number_missing()
    {
        var method = new MethodPredictions("m", o => [.. _truth.Select(t => t + o.Count)]); // the error is the number of the observed
        var rows = Evaluator(4).Rows([method]);
        Assert.Equal([3, 2, 1], new[] { 1, 2, 3 }.Select(n => Math.Round(rows.Single(r => r.Case == $"average-missing-{n}").Metrics[ScoreTarget.Mae].Value, 5)));
        Assert.DoesNotContain(Evaluator(3).Rows([method]), r => r.Case.StartsWith(ProtocolEvaluator.AverageMissing, StringComparison.Ordinal));
    }

    [Fact]
    public void Protocols_can_be_left_out()
    {
        Assert.All(Evaluator(3, new EvaluationOptions { Random = false }).Rows([Constant("a", 0)]), r => Assert.Equal("fixed", r.Protocol));
        Assert.Equal(4, Evaluator(3, new EvaluationOptions { Fixed = false }).Rows([Constant("a", 0)]).Count);
    }

    [Fact]
    public void What_a_row_lacks_is_missing_whatever_a_set_says()
    {
        // Each set errs by its own amount. Row 0 holds modalities 1 and 2, row 1 nothing but 0.
        static float[] Predict(Observation o) => [.. _truth.Select(y => y + o.Modalities.Bits)];
        ModalitySet[] present = [.. _truth.Select((_, row) => row switch { 0 => ModalitySet.Of(1, 2), 1 => ModalitySet.Of(0), _ => ModalitySet.All(3) })];
        var evaluator = new ProtocolEvaluator(_truth, Names(3), new EvaluationOptions(), present: present);
        MethodPredictions[] methods = [new("a", Predict), new("b", o => [.. _truth])];
        var mae = evaluator.Rows(methods).Where(r => r.Method == "a").ToDictionary(r => r.Case, r => r.Metrics[ScoreTarget.Mae].Value);
        double n = _truth.Length;
        Assert.Equal((6 + 1 + (7 * (n - 2))) / n, mae["m0+m1+m2"], 1e-5); // means of some forty float32 numbers below 10
        Assert.Equal((2 + 1 + (3 * (n - 2))) / n, mae["m0+m1"], 1e-5);
        Assert.Equal(1, mae["m0"], 1e-5); // row 0 has nothing of it, and keeps the set
        var rates = Enumerable.Range(1, 5).SelectMany(seed => RandomMasks.Draw(_truth.Length, 3, 0.5, (ulong)seed).Select((o, row) => (double)(o.And(present[row]) is { IsEmpty: false } left ? left : o).Modalities.Bits));
        Assert.Equal(rates.Average(), mae["MR=0.5"], 1e-5);
        // Without modality 0 row 0 loses nothing, and row 1, which has no other, keeps it.
        var lost = evaluator.Effects(methods[0]).Single(e => e is { Modality: "m0", Kind: ModalityEffect.Lost, Metric: ScoreTarget.Mae }).Difference.Value;
        Assert.Equal((6 + 1 + (7 * (n - 2)) - (6 + 6 + (6 * (n - 2)))) / n, lost, 1e-5);
        Assert.Equal(mae["MR=0.5"], evaluator.Differences(methods[0], [methods[1]]).Single(d => d.Case == "MR=0.5" && d.Metric == ScoreTarget.Mae).Difference.Value, 1e-5);
    }

    [Fact]
    public void The_averages_are_over_six_and_over_seven_sets()
    {
        // Off by 7 on the complete set only.
        var method = new MethodPredictions("m", o => [.. _truth.Select(y => o.Count == 3 ? y + 7 : y)]);
        var mae = Evaluator(3).Rows([method]).ToDictionary(r => r.Case, r => r.Metrics[ScoreTarget.Mae].Value);
        Assert.Equal(0, mae["m0+m2"]);
        Assert.Equal(7, mae["m0+m1+m2"], 1e-6);
        Assert.Equal(0, mae[ProtocolEvaluator.AverageIncomplete]);
        Assert.Equal(1, mae[ProtocolEvaluator.AverageAll], 1e-6);
    }

    [Fact]
    public void Every_method_is_tested_on_the_same_masks_seeds_1_to_5()
    {
        // Each set errs by its own amount, so the error tells which masks were used.
        static float[] Predict(Observation o) => [.. _truth.Select(y => y + o.Modalities.Bits)];
        var evaluator = Evaluator(3);
        MethodPredictions[] methods = [new("a", Predict), new("b", Predict)];
        var rows = evaluator.Rows(methods).Where(r => r.Case == "MR=0.5").ToList();
        var expected = Enumerable.Range(1, 5).Average(seed => RandomMasks.Draw(_truth.Length, 3, 0.5, (ulong)seed).Average(o => (double)o.Modalities.Bits));
        Assert.All(rows, r => Assert.Equal(expected, r.Metrics[ScoreTarget.Mae].Value, 1e-6));
        Assert.Equal(2, rows.Count);
        // Means of some forty numbers below 10, summed in another order.
        Assert.All(evaluator.Differences(methods[0], [methods[1]]).Where(d => d.Metric == ScoreTarget.Mae), d => Assert.True(Math.Max(Math.Abs(d.Difference.Low), Math.Abs(d.Difference.High)) < 1e-13));
    }

    [Fact]
    public void Differences_are_paired_averages_and_rates_first()
    {
        var (method, rival) = (Constant("m", 0), new MethodPredictions("r", _ => [.. _truth.Select(y => y - 1)]));
        var differences = Evaluator(3).Differences(method, [rival]).Where(d => d.Metric == ScoreTarget.Mae).ToList();
        Assert.Equal(
            [ProtocolEvaluator.AverageIncomplete, ProtocolEvaluator.AverageAll, "MR=0", "MR=0.3", "MR=0.5", "MR=0.7", .. Patterns.All(3).Select(o => o.Describe(Names(3)))],
            differences.Select(d => d.Case));
        Assert.All(differences, d => Assert.Equal(_truth.Average(Math.Abs) - 1, d.Difference.Value, 1e-6));
    }

    [Fact]
    public void The_average_over_rates_is_over_all_masks_of_all_rates()
    {
        static float[] Predict(Observation o) => [.. _truth.Select(y => y + o.Modalities.Bits)];
        var options = new EvaluationOptions { Fixed = false, AverageRates = true, MissingRates = [0.3, 0.5], MaskSeeds = 3 };
        var rows = Evaluator(3, options).Rows([new("a", Predict)]).ToDictionary(r => r.Case, r => r.Metrics[ScoreTarget.Mae].Value);
        Assert.Equal((rows["MR=0.3"] + rows["MR=0.5"]) / 2, rows[ProtocolEvaluator.AverageRates], 1e-12);
        var masks = new[] { 0.3, 0.5 }.SelectMany(rate => new ulong[] { 1, 2, 3 }.Select(seed => RandomMasks.Draw(_truth.Length, 3, rate, seed)));
        Assert.Equal(masks.Average(mask => mask.Average(o => (double)o.Modalities.Bits)), rows[ProtocolEvaluator.AverageRates], 1e-6);
    }

    [Fact]
    public void Intervals_and_differences_are_drawn_by_group_and_over_trainings()
    {
        string[] groups = ["a", "a", "a", "b", "b", "c", "c", "d"];
        static Func<Observation, float[]> Off(float by) => o => [.. _truth.Select((y, row) => y + (by * row) + o.Modalities.Bits)];
        MethodPredictions[] methods = [new("m", Off(0.1f), Off(0.3f)), new("r", Off(-0.2f), Off(0.4f))];
        var options = new EvaluationOptions { MissingRates = [0.3], MaskSeeds = 2, Seed = 9 };
        var evaluator = new ProtocolEvaluator(_truth, Names(3), options, groups);
        var masks = new ulong[] { 1, 2 }.Select(seed => RandomMasks.Draw(_truth.Length, 3, 0.3, seed)).ToList();
        Dictionary<string, Func<MethodPredictions, int, float[][]>> cases = new()
        {
            ["m0+m2"] = (m, t) => [m.For(ModalitySet.Of(0, 2), t)],
            [ProtocolEvaluator.AverageIncomplete] = (m, t) => [.. Patterns.Incomplete(3).Select(o => m.For(o, t))],
            [ProtocolEvaluator.AverageAll] = (m, t) => [.. Patterns.All(3).Select(o => m.For(o, t))],
            ["MR=0.3"] = (m, t) => [.. masks.Select(o => m.For(o, t))],
        };
        var rows = evaluator.Rows(methods);
        var differences = evaluator.Differences(methods[0], [methods[1]]);
        foreach (var (name, predictions) in cases)
        {
            IReadOnlyList<float[]>[] Of(MethodPredictions m) => [predictions(m, 0), predictions(m, 1)];
            foreach (var method in methods)
            {
                Assert.Equal(Bootstrap.Estimate(_truth, Of(method), 9, groups), rows.Single(r => r.Method == method.Name && r.Case == name).Metrics);
            }

            var expected = Bootstrap.Difference(_truth, Of(methods[0]), Of(methods[1]), 9, groups);
            Assert.All(differences.Where(d => d.Case == name), d => Assert.Equal(expected[d.Metric], d.Difference));
            Assert.Equal(Target.Score.Metrics.Count, differences.Count(d => d.Case == name));
        }
    }

    [Fact]
    public void Given_masks_are_a_row_of_their_own_and_a_difference()
    {
        static float[] Predict(Observation o) => [.. _truth.Select(y => y + o.Modalities.Bits)];
        Observation[] one = [.. _truth.Select((_, row) => new ModalitySet((uint)(row % 7) + 1))], two = [.. _truth.Select(_ => ModalitySet.Of(2))];
        var evaluator = Evaluator(3, new EvaluationOptions { Fixed = false, Random = false, Given = [new NamedMasks("mine", [one, two])] });
        var row = Assert.Single(evaluator.Rows([new("a", Predict)]));
        Assert.Equal(("masks", "mine", "mine", null, null), (row.Protocol, row.Case, row.Masks, row.Observed, row.MissingRate));
        Assert.Equal((one.Average(o => (double)o.Modalities.Bits) + 4) / 2, row.Metrics[ScoreTarget.Mae].Value, 1e-6);
        var difference = evaluator.Differences(new("a", Predict), [Constant("c", 0)]).Single(d => d.Metric == ScoreTarget.Mae);
        Assert.Equal("mine", difference.Case);
    }

    [Fact]
    public void Masks_with_gaps_are_asked_row_by_row_and_left_out_where_only_whole_modalities_are_known()
    {
        static float Error(Observation o) => o.StepsOf(0)?.Count(s => s) ?? (10 * o.Count);
        var asked = 0;
        var method = new MethodPredictions("a", o => [.. _truth.Select(y => y + Error(o))])
        {
            ByRow = [observed =>
            {
                asked++;
                return [.. observed.Zip(_truth, (o, y) => y + Error(o))];
            }],
        };
        Observation[] mask = [.. _truth.Select((_, row) => row % 2 == 0 ? ModalitySet.All(3) : Observation.Of(ModalitySet.All(3)).WithSteps(0, true, row == 1, false, row == 3))];
        ModalitySet[] present = [.. _truth.Select((_, row) => row == 1 ? ModalitySet.Of(1, 2) : ModalitySet.All(3))];
        var options = new EvaluationOptions { Fixed = false, Random = false, Given = [new NamedMasks("gaps", [mask])] };
        Assert.Equal(((4 * 30) + 2 + 2 + 1 + 1) / 8.0, Mae(null), 1e-6);
        Assert.Equal(1, asked); // what is known is not asked again
        Assert.Equal(((4 * 30) + 20 + 2 + 1 + 1) / 8.0, Mae(present), 1e-6); // row 1 holds nothing of the first modality
        Assert.Empty(Evaluator(3, options).Rows([Constant("whole only", 0)]));
        Assert.Throws<NotSupportedException>(() => Constant("whole only", 0).For(mask));

        double Mae(IReadOnlyList<ModalitySet>? present)
        {
            var evaluator = new ProtocolEvaluator(_truth, Names(3), options, present: present);
            Assert.Empty(evaluator.Differences(method, [Constant("whole only", 0)]));
            Assert.NotEmpty(evaluator.Differences(method, [method]));
            return Assert.Single(evaluator.Rows([method, Constant("whole only", 0)])).Metrics[ScoreTarget.Mae].Value;
        }
    }

    [Fact]
    public void Where_a_prediction_is_not_finite_there_are_no_metrics_and_the_rest_stays()
    {
        var method = new MethodPredictions("m", o => [.. _truth.Select((y, row) => row == 3 && o.Count == 3 ? float.NaN : y)]);
        var evaluator = Evaluator(3, new EvaluationOptions { Random = false });
        var rows = evaluator.Rows([method]).ToDictionary(r => r.Case, r => r.Metrics[ScoreTarget.Mae]);
        Assert.Equal(new Estimate(double.NaN, double.NaN, double.NaN), rows["m0+m1+m2"]);
        Assert.True(double.IsNaN(rows[ProtocolEvaluator.AverageAll].Value));
        Assert.Equal(0, rows[ProtocolEvaluator.AverageIncomplete].Value);
        Assert.All(evaluator.Differences(Constant("c", 0), [method]).Where(d => d.Case == ProtocolEvaluator.AverageAll), d => Assert.True(double.IsNaN(d.Difference.Low)));
    }

    [Theory]
    [InlineData("a+b|a|b", null)]
    [InlineData("a|average-all|b", "'average-all'")]
    [InlineData("(a|b)|a+b", "'(a+b)'")]
    public void Names_that_make_two_columns_read_alike_are_refused(string names, string? named)
    {
        var refusal = Record.Exception(() => ProtocolEvaluator.CheckNames(names.Split('|')));
        Assert.Equal(named is not null, refusal is InputException e && e.Message.Contains(named!, StringComparison.Ordinal));
    }

    private static MethodPredictions Constant(string name, float value) => new(name, _ => [.. _truth.Select(_ => value)]);

    private static string[] Names(int modalities) => [.. Enumerable.Range(0, modalities).Select(m => $"m{m}")];

    private static ProtocolEvaluator Evaluator(int modalities, EvaluationOptions? options = null) => new(_truth, Names(modalities), options ?? new EvaluationOptions());
}
