using Amodal.Benchmarks;
using Amodal.Data;
using Amodal.Export;
using Amodal.Prediction;
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
        using (var model = new AmodalModel(TinyRun.Uneven, TinyRun.TinyOptions.ToModelOptions(), seed: 1))
        {
            model.MoveTo(CPU);
            model.Statistics.Fit(Ones, Split);
            ModelExporter.Export(model, seed: 1, exported);
        }

        using var subject = BenchSubjects.Open(exported, nfe: 2);
        Assert.Equal(("exported", "onnx", 2, 2, true), (subject.Name, subject.Engine, subject.MostMissing, subject.Nfe, subject.HasPath));
        subject.UseThreads(1);
        subject.Recover(3, 2, default);
        subject.Predict(3, 1, default);
        Assert.Throws<ArgumentOutOfRangeException>(() => subject.Recover(3, 3, default));
    }

    private static Split Split { get; } = new("train", ["a", "b"], [0, 1], [.. TinyRun.Uneven.Select(m => new FeatureArray(m, [.. Enumerable.Range(0, 2 * m.RowSize).Select(i => (float)i)]))]);

    private static Standardiser Ones => Standardiser.Fit(Split);
}
