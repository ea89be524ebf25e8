using Amodal.Data;
using Amodal.Methods;
using Amodal.Methods.GcNet;
using Amodal.Missingness;
using Amodal.Runs;
using Amodal.Targets;
using Amodal.Tests.Methods.Fills;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.GcNet;

public class GcNetTests
{
    [Fact]
    public void An_utterance_has_an_edge_to_each_in_its_window_and_to_all_of_the_video_without_one()
    {
        using var scope = NewDisposeScope();
        foreach (var length in new[] { 1, 2, 5, 9 })
        {
            Assert.Equal(length * length, GcNetwork.Edges(length, -1).sum().item<float>());
            foreach (var window in new[] { 0, 1, 3 })
            {
                Assert.Equal(Enumerable.Range(0, length).Sum(i => Math.Min(i, window) + 1 + Math.Min(length - 1 - i, window)), GcNetwork.Edges(length, window).sum().item<float>());
            }
        }

        Assert.Equal([2f, 1, 1], GcNetwork.Edges(4, -1).select(1, 2).sum([1]).data<float>().ToArray()); // two before the third, itself, one behind
    }

    [Fact]
    public void Where_nothing_is_missing_there_is_nothing_to_reconstruct()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        var (whole, part) = (Rows(ModalitySet.All(2)), Rows(ModalitySet.Of(1)));
        Assert.Equal(0, network.Reconstruction(whole, network.Code(whole)).item<float>());
        Assert.NotEqual(0, network.Reconstruction(part, network.Code(part)).item<float>());
    }

    [Fact]
    public void An_answer_depends_on_the_utterances_of_its_video_in_their_order_and_on_no_others()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        using var noGradient = no_grad();
        var rows = Rows(ModalitySet.All(2)) with { Videos = [[0, 1, 2], [3, 4], [5]] };
        var expected = network.Predict(rows);
        Relative.Equal(expected, network.Predict(rows with { Speakers = [4, 4, 4, 7, 7, 4] }), Relative.Network, size: 1); // one speaker a video
        var spoken = network.Predict(rows with { Speakers = [4, 4, 7, 7, 7, 4] });
        Assert.Equal([true, true, true, false, false, false], (expected - spoken).abs().gt(1e-5f).data<bool>().ToArray());
        var changed = rows.Truth[0].clone();
        changed[1].add_(3);
        var other = network.Predict(rows with { Truth = [changed, rows.Truth[1]] });
        Assert.All([0, 1, 2], row => Assert.NotEqual(expected[row].item<float>(), other[row].item<float>()));
        Assert.True(expected.narrow(0, 3, 3).Equals(other.narrow(0, 3, 3)));
        Relative.Equal(expected, network.Predict(rows with { Videos = [[5], [0, 1, 2], [3, 4]] }), Relative.Network, size: 1);
        Assert.NotEqual(expected[3].item<float>(), network.Predict(rows with { Videos = [[0, 1, 2], [4, 3], [5]] })[3].item<float>());
        Relative.Equal(expected.narrow(0, 3, 2), network.Predict(new VectorBatch([.. rows.Truth.Select(x => x.narrow(0, 3, 2))], ones(2, 2), ones(2, 2)) { Videos = [[0, 1]] }), Relative.Network, size: 1);
    }

    [Fact]
    public void A_video_is_in_the_order_of_its_ids_and_numbers_in_them_count_as_numbers()
    {
        string[] ids = ["b$_$2", "a$_$10", "a$_$9", "b$_$1", "a$_$11"];
        var split = new Split("test", ids, new float[5], [new FeatureArray(new Modality("m", 1, 1), new float[5])]);
        Assert.Equal([[3, 0], [2, 1, 4]], split.Videos);
        Assert.Equal([[4, 3, 0], [2, 1]], new Split("test", ["v_2.5_3", "w_12.25_13", "w_2.5_4", "v_1.75_2.5", "v_1.5_1.75"], new float[5], split.Features).Videos);
        Assert.Equal([[0, 1, 2], [3, 4]], new Split("test", ["0", "1", "2", "3", "4"], new float[5], split.Features, ["x", "x", "x", "y", "y"]).Videos);
    }

    [Fact]
    public void Who_speaks_stays_with_the_utterances()
    {
        using var folder = new Data.TemporaryFolder();
        var data = TinyRun.MakeData(TinyRun.Uneven, [4, 3, 3]);
        var told = new DataSet("told", data.Modalities, [.. data.Splits.Select(s => new Split(s.Name, s.Ids, s.Labels, s.Features) { Speakers = [.. s.Ids.Select((_, row) => $"p{row % 2}")] })], data.Digest);
        var path = Path.Combine(folder.Name, "told.npz");
        NpzWriter.Write(path, told);
        Assert.Equal(["p0", "p1", "p0", "p1"], NpzReader.Read(path)["train"].Speakers!);
        Assert.Equal(["p1", "p0"], told["train"].Select("test", [3, 0]).Speakers!);
        Assert.Equal(["p0", "p1", "p0", "p1", "", "", "", ""], told["train"].Join(data["train"]).Speakers!);
        Assert.Null(data["train"].Speakers);
    }

    [Fact]
    public void An_utterance_is_answered_with_what_is_observed_of_its_neighbours()
    {
        var data = TinyRun.WithIds(TinyRun.MakeData(TinyRun.Uneven, [24, 10, 12]), (split, row) => $"{split}{row / 4}$_${row % 4}");
        using var tiny = new TinyRun(SmallMethods.Of("gcnet"), data);
        tiny.Train();
        using var method = TrainedRun.Load(tiny.Directory.Path, CPU).CreateMethod(isOwner: true);
        using var rows = method.Encode(data["test"]);
        Assert.Contains(method.Card.Facts, f => f.Name == "videos" && f.Value.Contains("order of their ids", StringComparison.Ordinal));
        Observation[] observed = [.. Enumerable.Repeat<Observation>(ModalitySet.All(3), 12)];
        var whole = rows.Predict(observed);
        observed[5] = ModalitySet.Of(0);
        var part = rows.Predict(observed);
        Assert.All(Enumerable.Range(0, 12), row => Assert.Equal(row / 4 != 1, Math.Abs(whole[row] - part[row]) < 1e-7));
        using var reversed = method.Encode(data["test"].Select("test", [.. Enumerable.Range(0, 12).Reverse()]));
        Relative.Equal([.. part], [.. reversed.Predict([.. observed.Reverse()]).Reverse()], Relative.Network, size: 1);
    }

    [Fact]
    public void What_was_trained_on_other_videos_is_not_taken_over()
    {
        var data = TinyRun.WithIds(TinyRun.MakeData(TinyRun.Uneven, [24, 10, 12]), (split, row) => $"{split}{row / 4}$_${row % 4}");
        using var tiny = new TinyRun(SmallMethods.Of("gcnet"), data);
        tiny.Train();
        var other = new DataSet(data.Source, data.Modalities, [.. data.Splits.Select(s => new Split(s.Name, s.Ids, s.Labels, s.Features, [.. s.Ids.Select((_, row) => $"{row / 3}")]))], data.Digest);
        var again = new RunDirectory($"{tiny.Directory.Path}-again");
        var problem = Assert.Throws<InputException>(() => new Trainer(SmallMethods.Of("gcnet"), other, again, CPU).Train(resume: false, reuse: tiny.Directory));
        Assert.Contains("other utterances are of one video", problem.Message, StringComparison.Ordinal);
    }

    private static GcNetwork Network()
    {
        Stage.SeedTorch(1);
        var network = new GcNetwork(new VectorContext([3, 2], Target.Score, ExperimentFile.Preset("gcnet", ["gcnet.width=4"])));
        network.eval();
        return network;
    }

    private static VectorBatch Rows(ModalitySet observed) => new(
        [SimpleFillTests.Normal(6, 3), SimpleFillTests.Normal(6, 2, seed: 2)], tensor([.. Enumerable.Range(0, 6 * 2).Select(i => observed.Contains(i % 2) ? 1f : 0f)], [6, 2]), ones(6, 2));
}
