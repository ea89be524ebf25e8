using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Amodal.Configuration;
using Amodal.Diffusion;
using Amodal.Diffusion.Distillation;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;
using Amodal.Methods;
using Amodal.Methods.Imder;
using Amodal.Methods.LinearFirst;
using Amodal.Methods.TwoStage;
using Amodal.Runs;
using Amodal.Tests.Data;
using Amodal.Tests.Training;
using Amodal.Training;
using CsCheck;

namespace Amodal.Tests.Runs;

public class ExperimentFileTests
{
    private static readonly string _folder = Path.Combine(Repository.Root, "experiments");

    public static TheoryData<string> EveryFile => [.. Directory.GetFiles(_folder, "*.yaml").Select(f => Path.GetFileName(f))];

    [Theory, MemberData(nameof(EveryFile))]
    public void Every_experiment_loads_under_its_own_name(string file)
    {
        Assert.Equal(Path.GetFileNameWithoutExtension(file), ExperimentFile.Load(Path.Combine(_folder, file)).Name);
        Assert.StartsWith("# ", File.ReadAllText(Path.Combine(_folder, file)), StringComparison.Ordinal);
        Assert.Contains("\n# Costs: ", File.ReadAllText(Path.Combine(_folder, file)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("thesis-quality", SamplerKind.Heun, 60, Conditioning.Independent)]
    [InlineData("thesis-speed", SamplerKind.Ddim, 30, Conditioning.Independent)]
    [InlineData("two-stage-quality", SamplerKind.Heun, 60, Conditioning.Clean)]
    [InlineData("speed", SamplerKind.Ddim, 30, Conditioning.Clean)]
    [InlineData("cpu-thesis-quality", SamplerKind.Heun, 60, Conditioning.Independent)]
    [InlineData("cpu-thesis-speed", SamplerKind.Ddim, 30, Conditioning.Independent)]
    [InlineData("cpu-quality", SamplerKind.Heun, 60, Conditioning.Clean)]
    [InlineData("cpu-speed", SamplerKind.Ddim, 30, Conditioning.Clean)]
    public void The_presets_are_what_their_names_say(string name, SamplerKind sampler, int nfe, Conditioning conditioning)
    {
        var o = Load(name);
        Assert.Equal((sampler, nfe, 0.0), (o.Sampler.Kind, o.Sampler.Nfe, o.Sampler.Eta));
        Assert.Equal((ProcessKind.VP, 0.1, 20.0), (o.Process.Kind, o.Process.BetaMin, o.Process.BetaMax));
        Assert.Equal((conditioning, Recovery.Separate), (o.Conditioning, o.Recovery));
        Assert.Equal(0.2, o.Alignment.Weight);
    }

    [Theory]
    [InlineData("two-stage-fast", SamplerKind.FlowMidpoint, 4)]
    [InlineData("two-stage-realtime", SamplerKind.FlowEuler, 1)]
    public void The_presets_for_a_processor_follow_a_flow_in_few_evaluations_with_cached_conditions(string name, SamplerKind sampler, int nfe)
    {
        var o = Load(name);
        Assert.Equal((Objective.Flow, sampler, nfe), (o.Objective, o.Sampler.Kind, SamplingPlan.Create(o.Sampler).Nfe));
        Assert.Equal((BackboneKind.CachedTransformer1D, Conditioning.Clean, Recovery.Separate), (o.Backbone.Kind, o.Conditioning, o.Recovery));
        Assert.Equal(Load("cpu-quality").Classifier, o.Classifier); // stage 1a is shared
    }

    [Theory]
    [InlineData("quality", 4, LinearDraws.Diffusion, 512, 96)]
    [InlineData("fast", 1, LinearDraws.ClosedForm, 512, 96)]
    [InlineData("realtime", 1, LinearDraws.ClosedForm, 128, 64)]
    public void The_presets_to_begin_with_are_linear_first_with_strong_rivals(string name, int members, LinearDraws draws, int components, int width)
    {
        var (o, linear) = (Load(name), Load("linear-first"));
        var expected = linear.Methods.Of<LinearFirstOptions>() with { Members = members, Draws = draws, Components = components, Width = width };
        Assert.Equal(linear with { Name = name, Methods = linear.Methods.With("linear-first", expected) }, o);
        Assert.True(expected.Rivals);
    }

    [Fact]
    public void What_only_score_networks_have_is_refused_where_an_experiment_begins_with_a_preset_that_has_none()
    {
        using var folder = new TemporaryFolder();
        var old = Message(() => ExperimentFile.Load(folder.Write("mine.yaml", "base: fast\nclassifier: { epochs: 3 }\nbackbone: { width: 48 }\nsampler: { nfe: 2 }\n")));
        Assert.Contains("backbone.width (line 3) and sampler.nfe (line 4)", old, StringComparison.Ordinal);
        Assert.Contains("linear-first has no score networks. Begin with two-stage-quality, two-stage-fast", old, StringComparison.Ordinal);
        Assert.Contains("stage2.epochs (setting stage2.epochs)", Message(() => ExperimentFile.Load("quality", ["stage2.epochs=3"])), StringComparison.Ordinal);
        Assert.Equal(3, ExperimentFile.Load("fast", ["classifier.epochs=3"]).Classifier.Epochs);
        Assert.Equal("linear-first", ExperimentFile.Load("cpu-speed", ["method=linear-first"]).Method);
        Assert.Equal(48, ExperimentFile.Load(folder.Write("mine.yaml", "base: two-stage-fast\nbackbone: { width: 48 }\n")).Backbone.Width);
        var whole = ExperimentFile.Load("fast");
        Assert.Equal(whole, ExperimentFile.Load(folder.Write("config.yaml", YamlOptions.Write(whole)))); // a run's own file states everything
    }

    [Theory]
    [InlineData("thesis-quality")]
    [InlineData("thesis-speed")]
    [InlineData("two-stage-quality")]
    [InlineData("speed")]
    public void The_full_presets_have_the_sizes_and_rates_of_the_thesis(string name)
    {
        // Method, sections 2, 4, 6 and 7.
        var o = Load(name);
        Assert.Equal((32, 3), (o.Latents.Channels, o.Latents.Kernel));
        Assert.Equal((BackboneKind.ScoreTransformer1D, 256, 6, 8, 512, 256),
            (o.Backbone.Kind, o.Backbone.Width, o.Backbone.Blocks, o.Backbone.Heads, o.Backbone.MlpWidth, o.Backbone.TimeWidth));
        Assert.Equal((64, 20, 16), (o.Alignment.Channels, o.Alignment.Blocks, o.Alignment.Reduction));
        Assert.Equal((4, 8, 0.2), (o.Fusion.Layers, o.Fusion.Heads, o.Fusion.AttentionDropout));
        Assert.Equal((0.002, 0.005, 32), (o.Classifier.LearningRate, o.Classifier.WeightDecay, o.Classifier.BatchSize));
        Assert.Equal((50, 0.002, 0.005, 32), (o.Score.Epochs, o.Score.LearningRate, o.Score.WeightDecay, o.Score.BatchSize));
        Assert.Equal((10, 0.002, 0.005, 32), (o.Stage2.Patience, o.Stage2.LearningRate, o.Stage2.WeightDecay, o.Stage2.BatchSize));
    }

    [Fact]
    public void Keys_of_before_are_read_with_a_note_that_says_the_new_one()
    {
        var notes = new List<string>();
        var options = ExperimentFile.Preset("two-stage-fast", ["score.reflow=1", "score.reflowCouples=3", "stage2.patternsPerUtterance=2", "imder.training.patternPer=utterance"], note: notes.Add);
        Assert.True(options.Score.Reflow); // a number before
        Assert.Equal((3, 2, MissingSetPer.Utterance), (options.Score.ReflowPairs, options.Stage2.SetsPerUtterance, options.Methods.Of<ImderExperimentOptions>().Training.MissingSetPer));
        Assert.Equal(
            ["the setting 'score.reflowCouples' is called 'score.reflowPairs' now.", "the setting 'stage2.patternsPerUtterance' is called 'stage2.setsPerUtterance' now.",
             "the setting 'imder.training.patternPer' is called 'imder.training.missingSetPer' now."], notes);
        Assert.DoesNotContain("ouples", YamlOptions.Write(options), StringComparison.Ordinal);
    }

    [Fact]
    public void The_full_presets_state_no_default_otherwise_than_the_records()
    {
        var quality = Load("two-stage-quality");
        Assert.Equal(new ExperimentOptions { Name = "two-stage-quality" }, quality);
        Assert.Equal(quality with { Name = "thesis-quality", Conditioning = Conditioning.Independent }, Load("thesis-quality"));
    }

    [Fact]
    public void A_preset_is_there_by_its_name_in_any_folder()
    {
        string[] files = [.. Directory.GetFiles(_folder, "*.yaml").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];
        Assert.Equal([.. files, .. MethodCatalogue.All.Select(m => m.Name).Except(["amodal", .. files])], Presets.Names);
        Assert.All(Presets.Names.Skip(files.Length), name =>
        {
            var method = ExperimentFile.Load(name);
            Assert.Equal((name, name, Load("cpu-quality").Classifier), (method.Name, method.Method, method.Classifier));
            Assert.Contains("Costs: ", Presets.Purpose(name), StringComparison.Ordinal);
        });
        Assert.All(files, name =>
        {
            Assert.Equal(Load(name), ExperimentFile.Preset(name));
            Assert.Equal(Load(name), ExperimentFile.Load(name));
            Assert.Equal(File.ReadAllText(Path.Combine(_folder, name + ".yaml")), Presets.Source(name));
            Assert.Contains("Costs: ", Presets.Purpose(name), StringComparison.Ordinal);
        });
        var o = ExperimentFile.Load("cpu-speed", ["backbone.width=96"], seed: 7);
        Assert.Equal((96, 7), (o.Backbone.Width, o.Seed));
    }

    [Fact]
    public void A_preset_is_printed_with_all_settings_that_its_method_has_a_use_for()
    {
        using var folder = new TemporaryFolder();
        Assert.All(Presets.Names, name =>
        {
            var text = Presets.Text(name);
            Assert.StartsWith(Presets.Source(name).Split('\n')[0] + "\n", text, StringComparison.Ordinal);
            Assert.DoesNotContain("base:", text, StringComparison.Ordinal);
            var (preset, printed) = (ExperimentFile.Preset(name), ExperimentFile.Load(folder.Write("full.yaml", text)));
            Assert.Equal(StageKeys.Of(preset), StageKeys.Of(printed));
            Assert.Equal(text, text.Split("name:")[0] + YamlOptions.Write(printed, MethodCatalogue.Unused(printed)));
        });
        Assert.All((string[])["backbone:", "sampler:", "stage2:", "imder:"], group => Assert.DoesNotContain(group, Presets.Text("fast"), StringComparison.Ordinal));
        Assert.Equal(ExperimentFile.Preset("speed"), ExperimentFile.Load(folder.Write("full.yaml", Presets.Text("speed"))));
    }

    /// <summary>
    /// What each preset comes to, every setting, as a digest: the presets were whole files before they named each other, and these are those files'. Where an
    /// option is added, its default changes them all; see to it that nothing else does, and put the new ones here. Those called two-stage-NAME
    /// were NAME, and are so in their digests.
    /// </summary>
    [Fact]
    public void Presets_come_to_what_they_were_when_each_was_a_whole_file()
    {
        string[] approved =
        [
            "cpu-classifier-free c6642b8782f5061b",
            "cpu-classifier-guided 8617371d33a732e3",
            "cpu-imder 5812cf59ddb25f28",
            "cpu-quality 4d7a610773758da7",
            "cpu-speed 18926428a0d9cc85",
            "cpu-thesis-quality 4967264c9b056e14",
            "cpu-thesis-speed 77645385520467ab",
            "demo b1976a7bbd63b863",
            "fast 3da96d17aa8ff3d0",
            "imder a76ab9f774dd44ba",
            "linear-first 6fbd0e9a53cacdca",
            "quality 5b3c75a280d95dd0",
            "realtime 4a9ef3538a3cb8ef",
            "speed f39ba94c06dae1e0",
            "thesis-quality 7f67a8b410105f7c",
            "thesis-speed cbf77a6c47d82164",
            "two-stage-fast bb96761ee14cb737",
            "two-stage-quality a56d7f60e5102271",
            "two-stage-realtime 21eab60b89125604",
        ];
        string[] now = [.. Presets.Names.Take(approved.Length).Select(name => $"{name} {Digest(ExperimentFile.Preset(name) with { Name = name.Replace("two-stage-", "", StringComparison.Ordinal) })}")];
        Assert.True(now.SequenceEqual(approved), $"now they are\n{string.Join('\n', now.Except(approved))}");
    }

    [Fact]
    public void A_file_may_be_a_preset_but_for_what_it_states()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("mine.yaml", "name: mine\nbase: two-stage-realtime\nbackbone:\n  width: 48\n");
        var preset = ExperimentFile.Preset("two-stage-realtime");
        Assert.Equal(preset with { Name = "mine", Backbone = preset.Backbone with { Width = 48 } }, ExperimentFile.Load(path));
        Assert.Equal(16, ExperimentFile.Load(path, ["backbone.width=16"]).Backbone.Width);
        Assert.Contains("mine.yaml: base: 'mine' is no preset; give one of cpu-classifier-free, cpu-classifier-guided, cpu-imder", Message(() => ExperimentFile.Load(folder.Write("mine.yaml", "base: mine\n"))), StringComparison.Ordinal);
        Assert.Contains("alignment.channels (base cpu-speed) and alignment.reduction (line 2)",
            Message(() => ExperimentFile.Load(folder.Write("mine.yaml", "base: cpu-speed\nalignment: { reduction: 128 }\n"))), StringComparison.Ordinal);
        Assert.Contains("line 1, base", Message(() => ExperimentFile.Load(folder.Write("mine.yaml", "base: [two-stage-fast]\n"))), StringComparison.Ordinal);
        Assert.Contains("backbone.width", Message(() => ExperimentFile.Load(folder.Write("mine.yaml", "base: two-stage-fast\nbackbone: { width: 0 }\n"))), StringComparison.Ordinal);
    }

    private static string Message(Action read) => Assert.Throws<InputException>(read).Message;

    // Groups of methods that are left at their defaults do not count: an option more there changes no preset.
    private static string Digest(ExperimentOptions options) => DigestOf(options with
    {
        Methods = options.Methods.All.Where(g => !g.Value.Equals(MethodCatalogue.Defaults.Methods.All[g.Key])).Aggregate(OptionGroups.None, (groups, g) => groups.With(g.Key, g.Value)),
    });

    private static string DigestOf(ExperimentOptions options) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(YamlOptions.Write(options) + string.Join(',', StageKeys.Of(options)))))[..16];

    [Fact]
    public void What_is_neither_a_file_nor_a_preset_is_answered_with_the_presets()
    {
        Assert.Contains("give its name alone, cpu-speed", Message(() => ExperimentFile.Load("elsewhere/cpu-speed.yaml")), StringComparison.Ordinal);
        Assert.Contains("cpu-quality, cpu-speed", Message(() => ExperimentFile.Load("cpu-sped")), StringComparison.Ordinal);
        Assert.Contains("cpu-quality, cpu-speed", Message(() => ExperimentFile.Preset("mine")), StringComparison.Ordinal);
        Assert.Contains("seed: is -1", Message(() => ExperimentFile.Preset("demo", seed: -1)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("two-stage-fast", "FlowMidpoint 4")]
    [InlineData("two-stage-realtime", "FlowEuler 1")]
    [InlineData("speed", "EulerMaruyama 100")]
    public void A_figures_panels_are_samplers_that_the_run_can_take(string preset, string first)
    {
        var options = ExperimentFile.Preset(preset);
        var samplers = SamplersFor(options);
        Assert.Equal(first, $"{samplers[0].Kind} {samplers[0].Nfe}");
        Assert.Equal(samplers.Count, samplers.Distinct().Count());
        Assert.All(samplers, s => (options.Sampler with { Kind = s.Kind, Nfe = s.Nfe }).CheckFits(options.Objective, options.Recovery, options.Score.EmptyConditionRate));
        Assert.All(samplers, s => Assert.InRange(s.Nfe - SamplingPlan.Create(options.Sampler with { Kind = s.Kind, Nfe = s.Nfe }).Nfe, 0, 1));
    }

    [Fact]
    public void A_student_is_drawn_with_what_it_was_distilled_for()
    {
        var options = ExperimentFile.Preset("two-stage-fast") with { Distillation = new DistillationOptions { Method = DistillationMethod.Progressive } };
        var own = options.Distillation.SamplerOf(options.Objective);
        Assert.Equal([(own.Kind, own.Nfe)], SamplersFor(options));
    }

    [Fact]
    public void Overrides_and_seed_take_the_place_of_the_file()
    {
        var o = ExperimentFile.Load(Path.Combine(_folder, "cpu-speed.yaml"), ["backbone.width=96", "process.kind=sub-vp"], seed: 7);
        Assert.Equal((96, ProcessKind.SubVP, 7), (o.Backbone.Width, o.Process.Kind, o.Seed));
        Assert.Contains("seed: is -1", Assert.Throws<InputException>(() => ExperimentFile.Load("any", seed: -1)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("backbone.width=60", "backbone.width (setting backbone.width) and backbone.heads (line ", "60 is not a multiple of backbone.heads 8; nearest is 56 or 64.")]
    [InlineData("backbone.kind=unet backbone.width=96", "backbone.width (setting backbone.width) and backbone.heads (line ", "96 is not a multiple of 8 times backbone.heads 8; nearest is 64 or 128.")]
    [InlineData("backbone.timeWidth=7", "backbone.timeWidth", "must be even")]
    [InlineData("fusion.heads=5", "latents.channels (line ", "32 is not a multiple of fusion.heads 5")]
    [InlineData("alignment.reduction=128", "alignment.channels (line ", "nearest is 128.")]
    [InlineData("process.betaMin=20", "process.betaMin (setting process.betaMin)", "betaMax 20 must be over betaMin 20")]
    [InlineData("objective=flow", "objective (setting objective) and sampler.kind (line ", "ddim follows a score; set sampler.kind to flow-euler")]
    [InlineData("sampler.kind=flow-heun", "objective (default) and sampler.kind (setting sampler.kind)", "flow-heun follows the velocity of objective flow")]
    [InlineData("objective=flow sampler.kind=flow-euler conditioning=independent", "objective (setting objective) and conditioning (setting conditioning)", "set conditioning to clean")]
    [InlineData("objective=flow sampler.kind=flow-euler sampler.grid=log-snr", "sampler.grid (setting sampler.grid) and sampler.kind", "leave sampler.grid out")]
    [InlineData("sampler.nfe=1 sampler.kind=predictor-corrector", "sampler.nfe (setting sampler.nfe) and sampler.kind (setting sampler.kind)", "less than one step of predictor-corrector, which takes 2")]
    [InlineData("sampler.guidance=1", "sampler.guidance (setting sampler.guidance) and score.emptyConditionRate (default)", "set score.emptyConditionRate over 0")]
    [InlineData("sampler.guidance=1 score.emptyConditionRate=0.1 recovery=joint", "sampler.guidance (setting sampler.guidance) and recovery", "set recovery to separate")]
    [InlineData("sampler.guidance=1 score.emptyConditionRate=0.1 distillation.method=consistency", "sampler.guidance (setting sampler.guidance) and distillation.method", "students learn what is not guided")]
    [InlineData("sampler.guidance=1 sampler.guidedBy=classifier objective=flow sampler.kind=flow-euler", "sampler.guidedBy (setting sampler.guidedBy) and objective", "is added to a score")]
    [InlineData("sampler.guidance=1 sampler.guidedBy=classifier recovery=joint", "sampler.guidance (setting sampler.guidance) and recovery", "set recovery to separate")]
    [InlineData("method=imder imder.sampler.guidance=1", "imder.sampler.guidance (setting imder.sampler.guidance)", "neither classifiers that guide")]
    public void Settings_that_do_not_go_together_are_refused_with_their_lines(string setting, string place, string problem)
    {
        var refused = Assert.Throws<InputException>(() => ExperimentFile.Load(Path.Combine(_folder, "speed.yaml"), setting.Split(' ')));
        Assert.StartsWith(place, refused.Place, StringComparison.Ordinal);
        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unet", BackboneKind.Unet)]
    [InlineData("dit", BackboneKind.Dit)]
    [InlineData("mmdit", BackboneKind.Mmdit)]
    [InlineData("cached-transformer1d", BackboneKind.CachedTransformer1D)]
    [InlineData("score-transformer1d", BackboneKind.ScoreTransformer1D)]
    [InlineData("U-Net", BackboneKind.Unet)]
    public void A_backbone_is_chosen_by_name(string name, BackboneKind kind)
    {
        var o = ExperimentFile.Load(Path.Combine(_folder, "two-stage-quality.yaml"), [$"backbone.kind={name}"]);
        Assert.Equal(kind, o.Backbone.Kind);
        Assert.Contains($"kind: {name.ToLowerInvariant().Replace("u-net", "unet", StringComparison.Ordinal)}\n", YamlOptions.Write(o), StringComparison.Ordinal);
    }

    [Fact]
    public void Rules_bind_only_what_is_used()
    {
        var o = new ExperimentOptions();
        Assert.Empty(MethodCatalogue.Check(o));
        Assert.Empty(MethodCatalogue.Check(o with { Alignment = o.Alignment with { Enabled = false, Reduction = 7 } }));
        Assert.Empty(MethodCatalogue.Check(o with { Process = new() { Kind = ProcessKind.VE, BetaMin = 30 } }));
        Assert.Single(MethodCatalogue.Check(o with { Sampler = new() { Kind = SamplerKind.PredictorCorrector, CorrectorSteps = 3, Nfe = 3 } }));
        Assert.Empty(MethodCatalogue.Check(o with { Sampler = new() { Kind = SamplerKind.Ddim, Nfe = 1 } }));
        var flow = o with { Objective = Objective.Flow, Sampler = new() { Kind = SamplerKind.FlowEuler, Nfe = 1 } };
        Assert.Empty(MethodCatalogue.Check(flow));
        Assert.Empty(MethodCatalogue.Check(flow with { Recovery = Recovery.Joint }));
    }

    [Fact]
    public void Any_experiment_reads_back_as_it_was_written() =>
        Gen.Long.Sample(seed =>
        {
            var options = (ExperimentOptions)Fill(new ExperimentOptions(), new Amodal.Randomness.StableRandom((ulong)seed));
            Assert.Equal(options, YamlOptions.Parse<ExperimentOptions>(YamlOptions.Write(options), "round trip", []));
        }, iter: 500);

    [Fact]
    public void Every_setting_has_a_range_or_a_closed_set_of_values_and_a_default_within_it() =>
        Assert.Equal(new ExperimentOptions(), YamlOptions.Parse<ExperimentOptions>(YamlOptions.Write(new ExperimentOptions()), "defaults", []));

    /// <summary>Gives every property a random value within its range, whatever properties there are.</summary>
    private static object Fill(object options, Amodal.Randomness.StableRandom random)
    {
        foreach (var property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite))
        {
            property.SetValue(options, Value(property, property.GetValue(options)!, random));
        }

        return options;
    }

    private static object Value(PropertyInfo property, object old, Amodal.Randomness.StableRandom random)
    {
        double Within()
        {
            var range = property.GetCustomAttribute<RangeAttribute>() ?? throw new InvalidOperationException($"{property} has no range");
            var (low, high) = (Convert.ToDouble(range.Minimum), Convert.ToDouble(range.Maximum));
            return random.NextInt(8) switch { 0 => low, 1 => high, _ => low + (random.NextDouble() * (high - low)) };
        }

        return old switch
        {
            bool => random.NextInt(2) == 1,
            int => (int)Math.Floor(Within()),
            double => Within(),
            string => string.Concat(Enumerable.Range(0, 1 + random.NextInt(20)).Select(_ => (char)(1 + random.NextInt(0xD7FF)))),
            Enum e => Enum.GetValues(e.GetType()).GetValue(random.NextInt(Enum.GetValues(e.GetType()).Length))!,
            _ => Fill(old, random),
        };
    }

    private static ExperimentOptions Load(string name) => ExperimentFile.Load(Path.Combine(_folder, name + ".yaml"));

    private static IReadOnlyList<(SamplerKind Kind, int Nfe)> SamplersFor(ExperimentOptions options)
    {
        using var model = new TwoStageModel(TinyRun.Even, options, seed: 1);
        return PanelRequest.SamplersFor(model);
    }
}
