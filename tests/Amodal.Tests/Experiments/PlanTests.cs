using Amodal.Data;
using Amodal.Diffusion.Sampling;
using Amodal.Experiments;
using Amodal.Targets;
using Amodal.Training;

namespace Amodal.Tests.Experiments;

public class PlanTests
{
    private const string Grid = """
        title: A grid
        base: cpu-thesis-quality
        settings:
          sampler: { kind: euler-maruyama, nfe: 100 }
        fast:
          base: cpu-thesis-speed
          settings:
            score: { epochs: 3 }
        rows:
          VE:
            thesis: VE U-Net EM100
            settings:
              process: { kind: ve }
              score: { epochs: 7 }
          VP:
          VP by DDIM:
            sampler: { kind: ddim, nfe: 10 }
          Theirs:
            thesis: DCCA
            thesisOnly: true
        """;

    [Fact]
    public void A_row_is_the_preset_then_the_tables_settings_then_its_own()
    {
        var plan = Plan.Parse("grid", Grid);
        Assert.Equal(["VE", "VP", "VP by DDIM", "Theirs"], plan.Rows.Select(r => r.Label));
        var ve = plan.Rows[0];
        Assert.Equal((7, 64, SamplerKind.EulerMaruyama), (ve.Run!.Score.Epochs, ve.Run.Backbone.Width, ve.Run.Sampler.Kind));
        Assert.Equal(ve.Run.Sampler, ve.Sampler);
        Assert.Equal("VE U-Net EM100", ve.Thesis);
        Assert.Equal(30, plan.Rows[1].Run!.Score.Epochs); // the preset's
        Assert.Null(plan.Rows[3].Run);
    }

    [Fact]
    public void Fast_takes_its_own_preset_and_has_the_last_word_but_for_overrides()
    {
        var plan = Plan.Parse("grid", Grid, isFast: true, ["stage2.epochs=1"]);
        Assert.All(plan.Rows.Take(3), r => Assert.Equal((3, 1), (r.Run!.Score.Epochs, r.Run.Stage2.Epochs)));
        Assert.Equal(SamplerKind.EulerMaruyama, plan.Rows[1].Run!.Sampler.Kind); // the table's, over the fast preset's ddim
        Assert.Equal(1, Plan.Parse("grid", Grid, isFast: true, ["score.epochs=1"]).Rows[0].Run!.Score.Epochs);
    }

    [Fact]
    public void A_row_that_changes_the_sampler_only_shares_the_run_unless_declared_otherwise()
    {
        var shared = Plan.Parse("grid", Grid);
        Assert.Equal(shared.Rows[1].Training, shared.Rows[2].Training);
        Assert.Equal((SamplerKind.Ddim, 10), (shared.Rows[2].Sampler!.Kind, shared.Rows[2].Sampler!.Nfe));
        Assert.Equal((1, 2, 2, 3), Count(shared));

        var separate = Plan.Parse("grid", Grid.Replace("title:", "stage2: per-sampler\ntitle:", StringComparison.Ordinal));
        Assert.Equal(separate.Rows[2].Sampler, separate.Rows[2].Run!.Sampler);
        Assert.Equal((1, 2, 3, 3), Count(separate));
    }

    [Theory]
    [InlineData("      process: { kind: ve }", "      process: { kind: vee }", "line 13, process.kind", "Did you mean 've'?")]
    [InlineData("      score: { epochs: 7 }", "      score: { epoch: 7 }", "line 14, score.epoch", "Did you mean 'score.epochs'?")]
    [InlineData("    thesis: DCCA", "    thesys: DCCA", "line 19, rows.Theirs.thesys", "Did you mean")]
    [InlineData("title: A grid", "titel: A grid", "line 1, titel", "Did you mean 'title'?")]
    [InlineData("    sampler: { kind: ddim, nfe: 10 }", "    sampler: { kind: ddim, nfe: 0 }", "line 17, nfe", "from 1 to 100000")]
    [InlineData("    sampler: { kind: ddim, nfe: 10 }", "    sampler: { kind: predictor-corrector, nfe: 1 }", "rows.VP by DDIM", "does not pay for one step")]
    [InlineData("title: A grid", "metrics: acc2", "line 1", "'acc2' is no metric")]
    [InlineData("title: A grid", "reference: PC", "line 1", "'PC' is no row")]
    [InlineData("title: A grid", "missingRates: 0, 1.5", "line 1", "'1.5' is no missing rate")]
    [InlineData("    thesisOnly: true", "    thesisOnly: true\n    settings: { seed: 2 }", "rows.Theirs", "would have no effect")]
    [InlineData("  VP:", "  mean-fill:", "rows.mean-fill", "has the name of a baseline")]
    [InlineData("  VP:", "  Optimum:", "rows.Optimum", "has the name of a baseline or of the optimum")]
    [InlineData("  Theirs:", "  majority:", "rows.majority", "give the row another")]
    [InlineData("base: cpu-thesis-quality", "base: cpu-thesis", "base", "'cpu-thesis' is no preset")]
    public void Faults_are_told_with_their_place(string good, string bad, string place, string problem)
    {
        Assert.Contains(good, Grid, StringComparison.Ordinal);
        var message = Assert.Throws<InputException>(() => Plan.Parse("grid", Grid.Replace(good, bad, StringComparison.Ordinal))).Message;
        Assert.Contains(place, message, StringComparison.Ordinal);
        Assert.Contains(problem, message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_evaluation_has_the_tables_protocols_rates_and_as_many_masks_as_asked_for()
    {
        var options = Plan.Parse("grid", "protocol: random\nmissingRates: 0.2, 0.4\n" + Grid).Evaluation(3);
        Assert.Equal((false, true, true, 3), (options.Fixed, options.Random, options.AverageRates, options.MaskSeeds));
        Assert.Equal([0.2, 0.4], options.MissingRates);
        Assert.Equal((true, false), Plan.Parse("grid", Grid).Evaluation(3) is var fixedOnly ? (fixedOnly.Fixed, fixedOnly.Random) : default);
    }

    [Fact]
    public void A_row_with_a_student_is_evaluated_with_the_students_sampler()
    {
        var row = Plan.Parse("grid", """
            base: cpu-speed
            rows:
              student:
                settings: { objective: flow, sampler: { kind: flow-euler, nfe: 8 }, distillation: { method: consistency, evaluations: 2, teacherSteps: 8 } }
            """).Rows.Single();
        Assert.Equal((SamplerKind.FlowEuler, 2), (row.Sampler!.Kind, row.Sampler.Nfe));
    }

    [Fact]
    public void A_declaration_that_is_like_another_begins_with_its_settings_and_rows()
    {
        var plan = Plan.Parse("mine", """
            like: "6.12"
            title: Mine
            rows:
              Full: { thesis: "" }
              With DDIM:
                sampler: { kind: ddim, nfe: 10 }
            """);
        Assert.Equal(("Mine", "6.12", "average of seven"), (plan.Table.Title, plan.Table.Thesis, plan.Table.Cases));
        Assert.Equal(["Full", "Without diffusion", "Without alignment decoder", "With DDIM"], plan.Rows.Select(r => r.Label));
        Assert.Equal(["", "w/o diffusion"], plan.Rows.Take(2).Select(r => r.Thesis));
        Assert.Equal(plan.Rows[0].Training, plan.Rows[3].Training);
        Assert.Contains("'6.13' is not declared", Assert.Throws<InputException>(() => Plan.Parse("mine", "like: 6.13")).Message, StringComparison.Ordinal);
        Assert.Contains("line 2, titel", Assert.Throws<InputException>(() => Plan.Parse("mine", "like: '6.12'\ntitel: x")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_may_start_from_a_preset_of_its_own_and_fast_takes_those_for_a_processor()
    {
        const string Text = "base: thesis-quality\nrows:\n  One:\n  Two: { base: speed }\n  Three: { base: two-stage-quality }\n  Four: { base: cpu-imder }\n  Five: { base: quality }\n";
        var (full, fast) = (Plan.Parse("t", Text), Plan.Parse("t", Text, isFast: true));
        string[] presets = ["thesis-quality", "speed", "two-stage-quality", "cpu-imder", "quality", "cpu-thesis-quality", "cpu-speed", "cpu-quality", "cpu-imder", "quality"];
        Assert.Equal(presets.Select(p => Known(Amodal.Runs.ExperimentFile.Preset(p))), full.Rows.Concat(fast.Rows).Select(r => Known(r.Run!)));
        static object Known(ExperimentOptions run) => (run.Method, run.Conditioning, run.Sampler.Kind, run.Fusion.Heads, run.Stage2.SetsPerUtterance);
        Assert.All(fast.Rows, r => Assert.Equal((2, 60), (r.Run!.Backbone.Blocks, r.Run.Score.Epochs)));
        Assert.Contains("'cpu' is no preset", Assert.Throws<InputException>(() => Plan.Parse("t", "rows: { One: { base: cpu } }")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Metrics_that_the_labels_do_not_have_give_way_to_theirs()
    {
        var plan = Plan.Load("ablations");
        Assert.Equal(["acc2_nonzero", "mae"], plan.For(DataShape.Mosi.Modalities, Target.Score, out _).Metrics);
        var classes = plan.For(DataShape.Mosi.Modalities, new ClassTarget(["calm", "angry"]), out _).Metrics;
        Assert.NotEmpty(classes);
        Assert.All(classes, m => Assert.Contains(m, new ClassTarget(["calm", "angry"]).Metrics.Select(k => k.Name)));
    }

    [Fact]
    public void A_table_without_rows_or_of_no_known_name_is_refused()
    {
        Assert.Contains("there are none", Assert.Throws<InputException>(() => Plan.Parse("grid", "title: x")).Message, StringComparison.Ordinal);
        Assert.Contains("6.12", Assert.Throws<InputException>(() => Plan.Load("6.13")).Message, StringComparison.Ordinal);
    }

    public static TheoryData<string> EveryTable => [.. Library.Names];

    [Theory, MemberData(nameof(EveryTable))]
    public void Every_table_of_ours_can_be_planned_and_finds_its_numbers_in_the_thesis(string name)
    {
        foreach (var fast in new[] { false, true })
        {
            var plan = Plan.Load(name, fast);
            Assert.NotEmpty(plan.Rows);
            foreach (var row in plan.Rows.Where(r => r.Thesis.Length > 0 && plan.Table.Kind is ExperimentKind.Results))
            {
                var cases = plan.Cases.Select(c => ThesisCase.Resolve(c, ["text", "audio", "vision"])!);
                Assert.True(cases.Any(c => Reference.Find(plan.ThesisTables, "MOSI", c.Protocol, c.Name, row.Thesis) is not null), $"{name}: the thesis has no '{row.Thesis}'");
            }
        }
    }

    [Fact]
    public void The_thesiss_tables_and_figures_are_all_there_in_order()
    {
        string[] expected = [.. Enumerable.Range(1, 12).Select(i => $"6.{i}"), .. Enumerable.Range(1, 4).Select(i => $"figure-6.{i}"), "ablations", "few-evaluations", "few-evaluations-small", "leaderboard", "processor", "processor-small", "recovery-pays", "students"];
        Assert.Equal(expected, Library.Names);
    }

    [Theory]
    [InlineData("6.5", 1, 1, 1, 6)]
    [InlineData("6.6", 1, 1, 1, 6)]
    [InlineData("6.7", 1, 1, 2, 13)] // and IMDer
    [InlineData("6.8", 1, 1, 1, 5)]
    [InlineData("6.9", 1, 1, 8, 8)] // the thesis's two, IMDer, and five that it has numbers of only
    [InlineData("6.12", 1, 1, 3, 3)]
    // Three kinds of conditioning, joint, without standardisation, without average; without diffusion has none. Standardisation comes after stage 1a.
    [InlineData("ablations", 1, 6, 11, 11)]
    [InlineData("processor", 1, 2, 4, 4)] // presets that differ in the sampler only share their score networks
    [InlineData("recovery-pays", 1, 0, 8, 8)]
    [InlineData("students", 1, 7, 16, 16)] // one of the small flows is the students' teacher
    public void Stages_are_trained_once_for_all_rows_that_share_them(string name, int classifiers, int scores, int runs, int evaluations) =>
        Assert.Equal((classifiers, scores, runs, evaluations), Count(Plan.Load(name)));

    private static (int Classifiers, int Scores, int Runs, int Evaluations) Count(Plan plan) =>
        (plan.Stages.Count(s => s.Stage == "classifier"), plan.Stages.Count(s => s.Stage == "score"), plan.Runs.Count, plan.Evaluations.Count);
}
