using Amodal.Benchmarks;
using Amodal.Data;
using Amodal.Engines;
using Amodal.Methods.TwoStage;
using Amodal.Missingness;
using Amodal.Tests.Data;
using Amodal.Tests.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Benchmarks;

public class OnnxSubjectTests
{
    [Fact]
    public void An_exported_model_is_measured_by_ONNX_Runtime()
    {
        using var folder = new TemporaryFolder();
        var exported = Path.Combine(folder.Name, "exported");
        Export(exported);
        using var subject = BenchSubjects.Open(exported, nfe: 2);
        Assert.Equal(("exported", "onnx", 2, 2, true), (subject.Name, subject.Engine, subject.MostMissing, subject.Nfe, subject.HasPath));
        subject.UseThreads(1);
        subject.Recover(3, 2, default);
        subject.Predict(3, 1, default);
        Assert.Throws<ArgumentOutOfRangeException>(() => subject.Recover(3, 3, default));
    }

    [Fact]
    public void What_is_timed_is_what_is_asked_for()
    {
        using var folder = new TemporaryFolder();
        var exported = Path.Combine(folder.Name, "exported");
        Export(exported);
        using var subject = new OnnxSubject(exported);
        foreach (var threads in new[] { 3, 1 })
        {
            subject.UseThreads(threads);
            Assert.Equal([(1, threads)], subject.Model.Parts(1));
        }

        var rows = RandomUtterances.Draw(TinyRun.Uneven, 4);
        using var method = new OnnxMethod(OnnxModel.Load(exported, threads: 1));
        using var path = method.Encode(rows);
        for (var missing = 0; missing < 3; missing++)
        {
            Assert.Equal(Enumerable.Range(0, missing), subject.Recovered(4, missing, default).Order());
            var observed = ModalitySet.All(3).Without(ModalitySet.All(missing));
            // The same numbers, in parts of other sizes.
            Relative.Equal(path.Predict([.. Enumerable.Repeat(observed, 4)], 0, null, default), subject.Predictions(4, missing, default), Relative.Network, size: 1);
        }
    }

    private static void Export(string folder)
    {
        using var model = new TwoStageModel(TinyRun.Uneven, TinyRun.TinyOptions, seed: 1);
        model.MoveTo(CPU);
        foreach (var (i, module) in model.Modules.Values.Index())
        {
            Draws.Fill(module, (ulong)i, std: 0.2); // the two fusions answer differently
        }

        model.Statistics.Fit(Ones, Split);
        ModelExporter.Export(model, seed: 1, folder);
    }

    private static Split Split { get; } = new("train", ["a", "b"], [0, 1], [.. TinyRun.Uneven.Select(m => new FeatureArray(m, [.. Enumerable.Range(0, 2 * m.RowSize).Select(i => (float)i)]))]);

    private static Standardiser Ones => Standardiser.Fit(Split);
}
