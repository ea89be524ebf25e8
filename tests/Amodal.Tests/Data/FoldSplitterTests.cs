using Amodal.Data;
using CsCheck;

namespace Amodal.Tests.Data;

public sealed class FoldSplitterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Folds_partition_the_utterances_and_keep_videos_whole()
    {
        Gen.Select(Gen.ULong, Gen.Int[12, 40], Gen.Int[3, 5], Gen.Int[1, 4]).Sample(
            (seed, count, foldCount, perVideo) =>
            {
                var data = Examples.DataSet(seed, [count, 5, 7], id: (split, row) => $"{split}{row / perVideo}$_${row}");
                var folds = FoldSplitter.AssignFolds(data, foldCount, seed);
                var all = data.Splits.SelectMany(split => split.Ids).Order().ToList();
                var rounds = Enumerable.Range(0, foldCount).Select(test => FoldSplitter.Fold(data, folds, test)).ToList();
                Assert.Equal(all, rounds.SelectMany(round => round["test"].Ids).Order());
                foreach (var (round, test) in rounds.Select((round, test) => (round, test)))
                {
                    Assert.Equal(all, round.Splits.SelectMany(split => split.Ids).Order());
                    Assert.Equal(rounds[(test + foldCount - 1) % foldCount]["test"].Ids, round["valid"].Ids);
                    Assert.Equal(round.Splits.Sum(split => Videos(split).Count), round.Splits.SelectMany(Videos).Distinct().Count());
                }

                // Largest first to the smallest fold: no two folds differ by more than one video.
                var sizes = rounds.Select(round => round["test"].Count).ToList();
                Assert.InRange(sizes.Max() - sizes.Min(), 0, perVideo);
            },
            iter: 50);
        static List<string> Videos(Split split) => [.. split.Ids.Select(id => id.Split("$_$")[0]).Distinct()];
    }

    [Fact]
    public void Features_labels_and_lengths_stay_with_their_ids()
    {
        var data = Examples.DataSet(1, [9, 6, 3]);
        var round = FoldSplitter.Fold(data, FoldSplitter.AssignFolds(data, 3, 1), 0);
        var before = data.Splits.SelectMany(split => split.Ids.Select((id, row) => (id, split, row))).ToDictionary(item => item.id);
        foreach (var split in round.Splits)
        {
            for (var row = 0; row < split.Count; row++)
            {
                var (_, old, oldRow) = before[split.Ids[row]];
                Assert.Equal(old.Labels[oldRow], split.Labels[row]);
                Assert.All(old.Features.Zip(split.Features), pair =>
                {
                    Assert.Equal(pair.First.Row(oldRow), pair.Second.Row(row));
                    Assert.Equal(pair.First.Lengths![oldRow], pair.Second.Lengths![row]);
                });
            }
        }
    }

    [Fact]
    public void Tables_of_folds_are_read_with_both_forms_of_ids()
    {
        var data = Examples.DataSet(1, [6], id: (_, row) => $"v$_${row}");
        var folds = FoldSplitter.ReadFolds(_folder.Write("folds.csv", "id,fold\nv_0,0\nv_1,1\nv$_$2,2\nv_3,2\nv_4,-1\n"));
        var round = FoldSplitter.Fold(data, folds, 0);
        Assert.Equal(["v$_$0"], round["test"].Ids);
        Assert.Equal(["v$_$2", "v$_$3"], round["valid"].Ids);
        Assert.Equal(["v$_$1"], round["train"].Ids);
        Assert.Contains("2 of 6 utterances have no fold", string.Join('\n', round.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Folds_that_cannot_be_are_refused()
    {
        var data = Examples.DataSet(1, [6], id: (_, row) => $"v{row}$_$0");
        var folds = FoldSplitter.AssignFolds(data, 3, 1);
        Assert.Contains("of 3 folds", Refusal(() => FoldSplitter.Fold(data, folds, 3)).Message, StringComparison.Ordinal);
        Assert.Contains("two different ones", Refusal(() => FoldSplitter.Fold(data, folds, 1, 1)).Message, StringComparison.Ordinal);
        Assert.Contains("leave split 'train' empty", Refusal(() => FoldSplitter.Fold(data, new Dictionary<string, int> { ["other"] = 2 }, 0)).Message, StringComparison.Ordinal);
        Assert.Contains("too few for 7 folds", Refusal(() => FoldSplitter.AssignFolds(data, 7, 1)).Message, StringComparison.Ordinal);
        Assert.Contains("line 2, column 'fold': says 'x'", Refusal(() => FoldSplitter.ReadFolds(_folder.Write("folds.csv", "id,fold\na,x\n"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folds_keep_the_groups_of_a_table_or_of_the_data_whole()
    {
        var data = Examples.DataSet(1, [20, 10], id: (split, row) => $"{split}{row}");
        var table = _folder.Write("groups.csv", "id,dialogue\n" + string.Concat(data.Splits.SelectMany(split => split.Ids).Select((id, i) => $"{id},d{i / 3}\n")));
        var groups = FoldSplitter.ReadGroups(table, "id", "dialogue");
        var grouped = new DataSet(data.Source, data.Modalities, [.. data.Splits.Select(split => new Split(split.Name, split.Ids, split.Labels, split.Features, [.. split.Ids.Select(id => groups[id])]))], data.Digest);
        foreach (var round in new[] { FoldSplitter.Fold(data, FoldSplitter.AssignFolds(data, 5, 1, groups), 2), FoldSplitter.Fold(grouped, FoldSplitter.AssignFolds(grouped, 5, 1), 2) })
        {
            Assert.Equal(10, round.Splits.Sum(split => split.Ids.Select(id => groups[id]).Distinct().Count()));
            Assert.Equal([18, 6, 6], round.Splits.Select(split => split.Count));
        }

        Assert.All(FoldSplitter.Fold(grouped, FoldSplitter.AssignFolds(grouped, 5, 1), 2).Splits, split => Assert.Equal(split.Ids.Select(id => groups[id]), split.Groups!));
        Assert.Contains("id 'train1': has no group in the table", Refusal(() => FoldSplitter.AssignFolds(data, 5, 1, new Dictionary<string, string> { ["train0"] = "d" })).Message, StringComparison.Ordinal);
        Assert.Contains("line 3: has the id 'a'", Refusal(() => FoldSplitter.ReadGroups(_folder.Write("g.csv", "id,g\na,1\na,2\n"), "id", "g")).Message, StringComparison.Ordinal);
        Assert.Contains("line 2, column 'g': says nothing", Refusal(() => FoldSplitter.ReadGroups(_folder.Write("g.csv", "id,g\na,\n"), "id", "g")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_only_some_splits_count_their_steps_the_others_count_all()
    {
        var (counted, whole) = (Examples.DataSet(1, [6]), Examples.DataSet(1, [6, 6], lengths: false));
        var data = new DataSet("a", counted.Modalities, [counted["train"], whole["valid"]], "");
        var round = FoldSplitter.Fold(data, FoldSplitter.AssignFolds(data, 3, 1), 0);
        foreach (var split in round.Splits)
        {
            Assert.All(split.Ids.Zip(split.Features[0].Lengths!), row => Assert.Equal(
                row.First.StartsWith("valid", StringComparison.Ordinal) ? 3 : counted["train"].Features[0].Lengths![counted["train"].Ids.ToList().IndexOf(row.First)], row.Second));
        }
    }

    [Fact]
    public void Where_ids_tell_of_no_videos_the_round_says_so()
    {
        var data = Examples.DataSet(1, [9, 6, 3]);
        Assert.Contains(FoldSplitter.Fold(data, FoldSplitter.AssignFolds(data, 3, 1), 0).Notes, note => note.StartsWith("As many videos as utterances were found", StringComparison.Ordinal));
        data = Examples.DataSet(1, [9, 6, 3], id: (split, row) => $"{split}{row / 3}[{row % 3}]");
        var round = FoldSplitter.Fold(data, FoldSplitter.AssignFolds(data, 3, 1), 0);
        Assert.DoesNotContain(round.Notes, note => note.Contains("videos", StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();

    private static InputException Refusal(Action action) => Assert.Throws<InputException>(action);
}
