using Amodal.Data;
using Amodal.Engines;
using Amodal.Export;
using Amodal.Methods.LinearFirst;
using Amodal.Missingness;
using Amodal.Tests.Data;
using Amodal.Tests.Training;

namespace Amodal.Tests.Methods.LinearFirst;

public class AnswerGraphTests
{
    public static TheoryData<LinearFirstOptions> Kinds =>
    [
        new LinearFirstOptions { Width = 0 },
        new LinearFirstOptions { Components = 4, Members = 2 }, // text has 15 features, face 14
        new LinearFirstOptions { Fill = LinearFill.Zeros, Linear = LinearPart.Trained, Flags = false },
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
        Assert.Equal(ours.Card.Target, exported.Card.Target);
        foreach (var set in sets.Where(s => !s.Contains(2)))
        {
            Observation[] all = [.. Enumerable.Repeat(Observation.Of(set), rows.Count)];
            Relative.Equal(a.Predict(all), b.Predict(all), 10 * Relative.Network, size: 1);
        }
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
        Assert.Contains("fewer linear-first.components", Assert.Throws<InputException>(() => AnswerGraph.CheckSize(gaussian, "run")).Message, StringComparison.Ordinal);
    }
}
