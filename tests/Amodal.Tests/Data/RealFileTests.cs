using Amodal.Data;
using Amodal.Data.Inspection;
using Amodal.Data.NumPy;
using Amodal.Data.Pickles;

namespace Amodal.Tests.Data;

public sealed class RealFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("amodal-").FullName;

    [Theory]
    [InlineData("mosi-utterance/mosi_std_mini8_p2.pkl", "mosi-utterance/mosi_std_mini8_p4.pkl", 8, 8, 8)]
    [InlineData("mosi-utterance/mosi_heldout_seq16_p2.pkl.gz", "mosi-utterance/mosi_heldout_seq16_p4.pkl.gz", 449, 146, 157)]
    [InlineData("mosi-utterance/mosi_bclstm_seq16_p2.pkl.gz", "mosi-utterance/mosi_bclstm_seq16_p4.pkl.gz", 1447, 155, 597)]
    [InlineData("mosi-utterance/mosi_std_seq16_p2.pkl.gz", "mosi-utterance/mosi_std_seq16_p4.pkl.gz", 1284, 229, 686)]
    [InlineData("mosi-word-valid/mosi_word_valid_p2.pkl.gz", "mosi-word-valid/mosi_word_valid_p4.pkl.gz", 133, 49, 47)]
    public void Protocols_2_and_4_hold_the_same_data(string protocol2, string protocol4, int train, int valid, int test)
    {
        var (two, four) = (DataFile.Read(Shared(protocol2)), DataFile.Read(Shared(protocol4)));
        Assert.Equal(two.Digest, four.Digest);
        Assert.Equal(["text", "audio", "vision"], four.Modalities.Select(modality => modality.Name));
        Assert.Equal([train, valid, test], four.Splits.Select(split => split.Count));
        Assert.All(four.Splits, split => Assert.All(split.Features, features => Assert.NotNull(features.Lengths)));
    }

    [Fact]
    public void Mosi_last_steps_are_the_rows_of_the_arrays()
    {
        // The last of the 16 steps is the utterance itself, so it must be the row of audio_73.npy with the same id.
        var data = DataFile.Read(Shared("mosi-utterance/mosi_heldout_seq16_p4.pkl.gz"));
        var folder = Shared("mosi-utterance");
        var ids = CsvTable.Read(Path.Combine(folder, "utterances.csv"), ["id", "label"]);
        var rowOf = Enumerable.Range(0, ids.Count).ToDictionary(row => ids["id"][row]);
        foreach (var (modality, file) in new[] { (0, "text_100.npy"), (1, "audio_73.npy"), (2, "vision_100.npy") })
        {
            var array = NpyFile.Read(Path.Combine(folder, file));
            var (values, width) = (array.ToFloats(), array.Shape[1]);
            foreach (var split in data.Splits)
            {
                for (var i = 0; i < split.Count; i++)
                {
                    var row = rowOf[split.Ids[i].Replace("$_$", "_", StringComparison.Ordinal)];
                    Assert.Equal(values.AsSpan(row * width, width), split.Features[modality].Row(i)[^width..]);
                    Assert.Equal(float.Parse(ids["label"][row], System.Globalization.CultureInfo.InvariantCulture), split.Labels[i]);
                }
            }
        }
    }

    [Fact]
    public void Word_level_pickle_holds_the_arrays_beside_it()
    {
        var pickle = DataFile.Read(Shared("mosi-word-valid/mosi_word_valid_p4.pkl.gz"));
        var folder = DataFile.Read(Shared("mosi-word-valid"), new FolderOptions
        {
            Modalities = [new("text", "text_glove_50x100.npy"), new("audio", "audio_covarep_50x74.npy"), new("vision", "vision_facet_50x47.npy")],
        });
        Assert.Equal(pickle.Modalities, folder.Modalities);
        foreach (var (a, b) in pickle.Splits.Zip(folder.Splits))
        {
            Assert.Equal(a.Ids.Select(id => id.Replace("$_$", "_", StringComparison.Ordinal)), b.Ids);
            // The table has six decimals: half of one, and float32's own error near 3 (1.2e-7 each).
            Assert.All(a.Labels.Zip(b.Labels), pair => Assert.Equal(pair.First, pair.Second, 8e-7f));
            Assert.All(a.Features.Zip(b.Features), pair =>
            {
                Assert.True(pair.First.Values.AsSpan().SequenceEqual(pair.Second.Values));
                Assert.Equal(pair.First.Lengths!, pair.Second.Lengths!);
            });
        }
    }

    [Fact]
    public void Python_2_audio_pickle_parses()
    {
        var root = Assert.IsType<PickleSequence>(PickleReader.Read(Shared("mosi-utterance/upstream_audio_python2.pickle")));
        Assert.Equal(7, root.Count);
        var (train, test) = (Assert.IsType<NumPyArray>(root[0]), Assert.IsType<NumPyArray>(root[2]));
        Assert.Equal([62, 63, 73], train.Shape);
        Assert.Equal([31, 63, 73], test.Shape);

        // README: audio_73.npy holds these very utterances; the first of the first train video must be one of its rows.
        var array = NpyFile.Read(Shared("mosi-utterance/audio_73.npy"));
        var rows = array.ToFloats();
        var first = train.ToFloats().AsSpan(0, 73).ToArray();
        Assert.Contains(Enumerable.Range(0, array.Shape[0]), row => rows.AsSpan(row * 73, 73).SequenceEqual(first));
    }

    [Fact]
    public void Misa_pickle_parses_and_is_refused_as_a_data_set()
    {
        var path = Shared("mosi-word-valid/upstream_dev.pkl");
        var root = Assert.IsType<PickleSequence>(PickleReader.Read(path));
        Assert.Equal(229, root.Count);
        var first = Assert.IsType<PickleSequence>(root[0]);
        Assert.Equal("WKA5OygbEKI[0]", first[2]);
        Assert.Equal([1, 1], Assert.IsType<NumPyArray>(first[1]).Shape);
        Assert.Contains("not of the MMSA layout", Assert.Throws<InputException>(() => DataFile.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mosei_video_folder_reads_and_valid_is_drawn()
    {
        var data = DataFile.Read(Shared("mosei-video-mean"));
        Assert.Equal(["audio_covarep_40", "text_bert_cls_768", "vision_openface2_35"], data.Modalities.Select(modality => modality.Name));
        Assert.Equal([559, 99, 264], data.Splits.Select(split => split.Count)); // 0.15 x 658 = 98.7
        Assert.Contains(data.Notes, note => note.Contains("99 of 658 train utterances were drawn", StringComparison.Ordinal));
        var report = DataInspector.Inspect(data);
        Assert.Contains(0, report.Splits[0].Modalities[2].ConstantColumns); // README: column 0 is constant zero
        Assert.DoesNotContain(report.Oddities, oddity => oddity.Contains("videos have utterances", StringComparison.Ordinal));
        Assert.Equal([559, 264], DataFile.Read(Shared("mosei-video-mean"), new FolderOptions { ValidShare = 0 }).Splits.Select(split => split.Count + (split.Name == "train" ? -99 : 0)));
    }

    [Fact]
    public void Mmmo_folder_reads_and_notes_the_short_text_file()
    {
        var data = DataFile.Read(Shared("mmmo"));
        Assert.Equal([new("audio_20x74", 20, 74), new("vision_20x36", 20, 36)], data.Modalities);
        Assert.Equal([220, 40, 80], data.Splits.Select(split => split.Count));
        Assert.Contains(data.Notes, note => note.Contains("text_glove_20x300_valid_test.npy", StringComparison.Ordinal));
        var oddities = DataInspector.Inspect(data).Oddities;
        Assert.Contains(oddities, oddity => oddity.Contains("extreme value 255 390 times", StringComparison.Ordinal));
        Assert.Contains(oddities, oddity => oddity.Contains("outside [-3, 3]", StringComparison.Ordinal));
    }

    [Fact]
    public void Mosi_folder_reads_with_chosen_split_and_modalities()
    {
        var data = DataFile.Read(Shared("mosi-utterance"), new FolderOptions
        {
            SplitColumn = "split_std",
            Modalities = [new("text", "text_glove_50x100.npy.gz"), new("audio", "audio_73.npy")],
        });
        Assert.Equal([new("text", 50, 100), new("audio", 1, 73)], data.Modalities);
        Assert.Equal([1284, 229, 686], data.Splits.Select(split => split.Count));
        Assert.Equal(93, DataInspector.Inspect(data).Splits.Sum(split => split.Videos));
    }

    [Fact]
    public void Converted_files_keep_the_digest()
    {
        var data = DataFile.Read(Shared("mosi-utterance/mosi_heldout_words_p4.pkl.gz"));
        var path = Path.Combine(_folder, "words.npz");
        NpzWriter.Write(path, data);
        var again = DataFile.Read(path);
        Assert.Equal(data.Digest, again.Digest);
        Assert.Equal(data.Modalities, again.Modalities);
    }

    [Fact]
    public void Right_aligned_rows_are_seen()
    {
        var report = DataInspector.Inspect(DataFile.Read(Shared("mosi-utterance/mosi_heldout_words_p4.pkl.gz")));
        Assert.All(report.Splits, split => Assert.Equal([PaddingSide.Right, PaddingSide.Left, PaddingSide.Left], split.Modalities.Select(modality => modality.Padding)));
    }

    [Fact]
    public void Held_out_folds_are_those_of_the_table()
    {
        var data = DataFile.Read(Shared("mosi-utterance/mosi_heldout_seq16_p4.pkl.gz"));
        var folds = FoldSplitter.ReadFolds(Shared("mosi-utterance/utterances.csv"), foldColumn: "heldout_fold");
        Assert.Equal(752, folds.Count);
        var rounds = Enumerable.Range(0, 5).Select(test => FoldSplitter.Fold(data, folds, test)).ToList();
        Assert.Equal(752, rounds.SelectMany(round => round["test"].Ids).Distinct().Count());
        Assert.All(Enumerable.Range(0, 5), test => Assert.Equal(rounds[(test + 4) % 5]["test"].Ids, rounds[test]["valid"].Ids));
        // README: split_heldout, which the file itself holds, is folds 0-2 train, 3 valid, 4 test.
        Assert.Equal(data["test"].Ids.Order(), rounds[4]["test"].Ids.Order());
        Assert.Equal(data["valid"].Ids.Order(), rounds[4]["valid"].Ids.Order());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Shared(string path) => Repository.Shared("data", path);
}
