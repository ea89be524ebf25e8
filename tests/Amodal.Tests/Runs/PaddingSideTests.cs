using Amodal.Data;
using Amodal.Engines;
using Amodal.Export;
using Amodal.Methods;
using Amodal.Runs;
using Amodal.Tests.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Runs;

/// <summary>A run knows on which side the sequences of its data were padded.</summary>
public class PaddingSideTests
{
    [Fact]
    public void Shorter_sequences_are_padded_where_those_of_the_training_were()
    {
        using var tiny = new TinyRun(TinyRun.TinyOptions, WithPadding(TinyRun.MakeData(TinyRun.Even, [24, 10, 12])));
        tiny.Train();
        var folder = tiny.Directory.Path + "-export";
        Assert.Equal(["text"], tiny.Directory.ReadManifest().PaddedInFront!);
        using (var run = tiny.Load())
        {
            run.Export(folder);
            Assert.Equal(["text"], ExportManifest.Read(folder).PaddedInFront!);
        }

        using var torch = TorchMethod.Load(tiny.Directory.Path, CPU);
        using var onnx = OnnxMethod.Load(folder, threads: 1);
        foreach (var method in new IMethod[] { torch, onnx })
        {
            Assert.Equal(["text"], method.Card.PaddedInFront);
            var rows = Utterance.Together([new Utterance("a") { ["text"] = new float[,] { { 1, 2, 3 } }, ["face"] = new float[,] { { 1, 2, 3 } } }], method.Card);
            Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3], rows.Features[0].Values);
            Assert.Equal([1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], rows.Features[2].Values);
        }

        // A file with fewer steps, none of them padding: in front of the text, and behind the rest.
        var notes = new List<string>();
        var given = Short(tiny.Data["test"], 3);
        var fitted = FeatureFit.Fit("file", given, tiny.Data.Modalities, torch.Card.PaddedInFront, "run", notes.Add).Rows;
        Assert.True(fitted.Features[0].Row(0)[..6].IndexOfAnyExcept(0f) < 0);
        Assert.True(fitted.Features[2].Row(0)[9..].IndexOfAnyExcept(0f) < 0);
        Assert.Contains(notes, n => n.StartsWith("'text'", StringComparison.Ordinal) && n.Contains("zeros were added in front", StringComparison.Ordinal));
        Assert.Contains(notes, n => n.StartsWith("'face'", StringComparison.Ordinal) && n.Contains("zeros were added behind", StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_whose_data_are_not_padded_in_front_says_nothing_as_those_of_before()
    {
        using var tiny = new TinyRun(TinyRun.TinyOptions with { Classifier = TinyRun.TinyOptions.Classifier with { Epochs = 1 } }, TinyRun.Even);
        tiny.Train();
        Assert.Null(tiny.Directory.ReadManifest().PaddedInFront);
        Assert.DoesNotContain("paddedInFront", File.ReadAllText(Path.Combine(tiny.Directory.Path, "manifest.json")), StringComparison.Ordinal);
        using var run = tiny.Load();
        Assert.Empty(run.CardOf(null, null).PaddedInFront);
    }

    /// <summary>Steps of zeros: two in front of the text, one behind the face.</summary>
    private static DataSet WithPadding(DataSet data)
    {
        foreach (var split in data.Splits)
        {
            for (var row = 0; row < split.Count; row++)
            {
                split.Features[0].Values.AsSpan(row * 15, 6).Clear();
                split.Features[2].Values.AsSpan((row * 15) + 12, 3).Clear();
            }
        }

        return new DataSet(data.Source, data.Modalities, data.Splits, DataDigest.Compute(data.Modalities, data.Splits));
    }

    /// <summary>The last steps of every row.</summary>
    private static Split Short(Split split, int steps) => new(split.Name, split.Ids, split.Labels, [.. split.Features.Select(f => new FeatureArray(
        f.Modality with { Length = steps }, [.. Enumerable.Range(0, split.Count).SelectMany(row => f.Row(row)[6..].ToArray().Select(x => x == 0 ? 1 : x))]))]);
}
