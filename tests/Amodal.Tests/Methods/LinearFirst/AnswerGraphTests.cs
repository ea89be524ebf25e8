using Amodal.Data;
using Amodal.Engines;
using Amodal.Export;
using Amodal.Latents;
using Amodal.Methods;
using Amodal.Methods.LinearFirst;
using Amodal.Missingness;
using Amodal.Tests.Data;
using Amodal.Tests.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.LinearFirst;

public class AnswerGraphTests
{
    public static TheoryData<LinearFirstOptions> Kinds =>
    [
        new LinearFirstOptions { Width = 0 },
        new LinearFirstOptions { Components = 4, Members = 2 }, // text has 15 features, face 14
        new LinearFirstOptions { Fill = LinearFill.Zeros, Linear = LinearPart.Trained, Flags = false },
        new LinearFirstOptions { Components = 6, Draws = LinearDraws.Diffusion, Linear = LinearPart.PerSet },
    ];

    [Theory, MemberData(nameof(Kinds))]
    public void The_graph_answers_as_the_run_does_whatever_is_observed(LinearFirstOptions options)
    {
        var experiment = TinyRun.TinyOptions with
        {
            Name = "mine",
            Method = "linear-first",
            Classifier = TinyRun.TinyOptions.Classifier with { Epochs = 1 },
            Methods = TinyRun.TinyOptions.Methods.With("linear-first", options with { Width = Math.Min(options.Width, 8), Steps = 30, BatchSize = 8, LearningRate = 0.05, Teacher = 0 }),
        };
        using var tiny = new TinyRun(experiment, TinyRun.Uneven);
        tiny.Train();
        using var run = tiny.Load();
        var folder = tiny.Directory.Path + "-onnx";
        run.Export(folder);
        using var ours = run.CreateMethod();
        using var exported = OnnxAnswer.Load(folder, threads: 2);
        var rows = tiny.Data["test"];
        Array.Fill(rows.Features[1].Values, float.NaN, 0, 2); // half a step is unknown
        rows.Features[0].Values.AsSpan(0, 3).Clear(); // a step of padding
        Array.Fill(rows.Features[2].Values, float.MaxValue, 0, 14); // never looked at where it is missing
        IReadOnlyList<ModalitySet> sets = Patterns.All(3);
        Observation[] mixed = [.. Enumerable.Range(0, rows.Count).Select(row => Observation.Of(row == 0 ? ModalitySet.Of(0, 1) : sets[row % sets.Count]))];
        using var a = ours.Encode(rows);
        using var b = exported.Encode(rows);
        // Sums of 40 products of numbers of size 1, in another order.
        Relative.Equal(a.Predict(mixed), b.Predict(mixed), 10 * Relative.Network, size: 1);
        var (sure, exportedSure) = (((ICalibratedBatch)a).Certainty(mixed, 80), ((ICalibratedBatch)b).Certainty(mixed, 80));
        Relative.Equal(sure.Deviations, exportedSure.Deviations, 10 * Relative.Network, size: 1);
        Relative.Equal(sure.Margins, exportedSure.Margins, 10 * Relative.Network, size: 1);
        Assert.Equal(ours.Card.Target, exported.Card.Target);
        foreach (var set in sets.Where(s => !s.Contains(2)))
        {
            Observation[] all = [.. Enumerable.Repeat(Observation.Of(set), rows.Count)];
            Relative.Equal(a.Predict(all), b.Predict(all), 10 * Relative.Network, size: 1);
        }
    }

    /// <summary>As trained ones may be: the diffusion's network counts, and some sets have too few errors of their own.</summary>
    [Fact]
    public void The_graph_is_as_sure_as_the_run_where_draws_are_not_Gaussian()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var data = TinyRun.MakeData(TinyRun.Uneven, [40, 10, 5]);
        var features = Standardiser.Fit(data["train"]);
        using var train = FeatureTensors.From(data["train"], features, CPU);
        using var test = FeatureTensors.From(data["test"], features, CPU);
        using var gaussian = new JointGaussian(data.Modalities, components: 6);
        gaussian.Fit(train.Values, train.Values);
        using var linear = new LinearPredictor(gaussian.Sizes, data.Target);
        linear.Weight.copy_(Draws.Normal(1, gaussian.Numbers, 1));
        var options = new LinearFirstOptions { Width = 8 };
        using var diffusion = new GaussianDiffusion(gaussian, options);
        diffusion.Scale(diffusion.Network);
        using var model = new LinearFirstModel("network", new ClosedForms(gaussian, linear, null, diffusion), 1, options);
        foreach (var (network, seed) in new[] { (diffusion.Network, 2UL), (model.Networks[0], 3UL) })
        {
            network.Scale(network == diffusion.Network ? cat([ones(gaussian.Numbers), gaussian.Scales()]) : gaussian.Scales());
            var output = network.get_parameter("output.weight")!;
            output.copy_(Draws.Normal(seed, output.shape) / 8);
            network.eval();
        }

        using var calibration = new Calibration(model, gaussian, data.Target);
        calibration.Variances.fill_(0.3);
        var factors = calibration.get_buffer("factors")!;
        factors.copy_(Draws.Normal(4, factors.shape).abs());
        factors[2].fill_(float.MaxValue);
        factors[^1].fill_(float.MaxValue); // the complete set is of its size alone
        factors[0].fill_(float.MaxValue);
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Name, "certainty.onnx");
        CertaintyGraph.Build(data.Modalities, features, new ClosedForms(gaussian, linear, null, diffusion), model, calibration, seed: 5).Write(path);
        using var wide = GraphFile.OptionsFor(1);
        using var session = new GraphSession(path, wide);
        var differs = false;
        foreach (var set in Patterns.All(3))
        {
            using var inner = NewDisposeScope();
            var expected = calibration.Of([.. test.Values.Select((x, m) => set.Contains(m) ? gaussian.Encode(m, x) : null)], set, seed: 5, percent: 70);
            using var inputs = new GraphInputs();
            foreach (var (m, x) in data["test"].Features.Index())
            {
                inputs.Add($"features{m}", x.Values, 5, x.Modality.Length, x.Modality.Width);
            }

            inputs.Add("observed", new[] { set.Contains(0) ? 1f : 0, set.Contains(1) ? 1f : 0, set.Contains(2) ? 1f : 0 }, 3);
            inputs.Add("level", new[] { 70f }, 1);
            var answer = new float[10];
            session.Run(inputs, "certainty", answer, 5, 1, 2);
            Relative.Equal([.. expected.select(2, 0).contiguous().data<float>()], [.. answer.Where((_, i) => i % 2 == 0)], 10 * Relative.Network, size: 1);
            var margins = expected.select(2, 1).clamp_max(float.MaxValue);
            Assert.Equal(set.Count == 3, answer[1] == float.MaxValue);
            Relative.Equal([.. margins.contiguous().data<float>()], [.. answer.Where((_, i) => i % 2 == 1)], 10 * Relative.Network, size: 1);
            diffusion.Network.Gate(0);
            var closed = calibration.Of([.. test.Values.Select((x, m) => set.Contains(m) ? gaussian.Encode(m, x) : null)], set, seed: 5, percent: 70);
            differs |= set.Count < 3 && Draws.Distance(closed.select(2, 0), expected.select(2, 0)) > 0.01;
            diffusion.Network.Gate(1);
        }

        Assert.True(differs); // it is the network's answer that the graph agrees with
    }

    [Fact]
    public void What_is_no_export_of_this_kind_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("manifest.json", Message(folder.Name), StringComparison.Ordinal);
        folder.Write(ExportManifest.FileName, """{ "format": 1, "answer": "../else.onnx", "producer": "", "opset": 17, "modalities": [], "seed": 1 }""");
        Assert.Contains("'../else.onnx': is not a file of that folder", Message(folder.Name), StringComparison.Ordinal);
        folder.Write("answer.onnx", "no graph");
        folder.Write(ExportManifest.FileName, """{ "format": 1, "answer": "answer.onnx", "producer": "", "opset": 17, "modalities": [], "seed": 1 }""");
        Assert.Contains("modalities: are 0", Message(folder.Name), StringComparison.Ordinal);
        folder.Write(ExportManifest.FileName, """{ "format": 2 }""");
        Assert.Contains("use the Amodal that wrote it", Message(folder.Name), StringComparison.Ordinal);

        static string Message(string path) => Assert.Throws<InputException>(() => OnnxAnswer.Load(path)).Message;
    }

    [Fact]
    public void A_matrix_for_each_of_many_sets_is_refused_before_anything_is_written()
    {
        using var gaussian = new JointGaussian([.. Enumerable.Range(0, 10).Select(m => new Modality($"m{m}", 1, 200))], components: 200);
        Assert.Contains("fewer linear-first.components", Assert.Throws<InputException>(() => AnswerGraph.CheckSize(gaussian, 200, "run")).Message, StringComparison.Ordinal);
    }
}
