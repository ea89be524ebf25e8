using Amodal.Data;
using Amodal.Data.Inspection;
using Amodal.Missingness;

namespace Amodal.Tests.Data;

/// <summary>Small files as users have them: what is read, what is said of it, and what is refused and why.</summary>
public class CaseTests
{
    [Theory]
    [InlineData("01-lmf-bytes-keys/lmf_bytes.pkl", "the keys train, valid, test, which are bytes: decode them to texts")]
    [InlineData("01-lmf-bytes-keys/lmf_py3.pkl", "split 'train': has no labels. Put one number per utterance under 'regression_labels'; the keys here are covarep, facet, glove, label")]
    [InlineData("04-misa-tuples/mosi_mag.pkl", "split 'train': is a list; a dictionary of arrays is needed")]
    [InlineData("04-misa-tuples/train_list_only.pkl", "this is a list")]
    [InlineData("06-fet-lists/ragged_lists.pkl", "'audio' in split 'train' is no modality and was left out: it is a list")]
    [InlineData("13-splits/unlabelled_test.pkl", "split 'test': has no labels")]
    [InlineData("15-other-data/nolabel.pkl", "split 'test': has no labels")]
    [InlineData("25-gbk-table/gbk", "line 2: holds bytes that are no UTF-8")]
    public void What_cannot_be_read_is_refused_with_its_reason(string file, string expected) =>
        Assert.Contains(expected, Assert.Throws<InputException>(() => Read(file)).Message, StringComparison.Ordinal);

    [Fact]
    public void Token_ids_are_left_out_and_the_rest_is_read()
    {
        var data = Read("05-chsims/only_text_bert.pkl");
        Assert.Equal(["audio", "vision"], data.Modalities.Select(m => m.Name));
        Said(data, "'text_bert' in split 'train' is no modality and was left out: it holds token ids");
    }

    [Theory]
    [InlineData("11-ids/sdk.pkl", "03bSnISJM0", "'03bSnISJM0[0]'")]
    [InlineData("11-ids/meld.pkl", "dia0", "'dia0_utt0'")]
    public void Ids_of_the_field_tell_their_videos_and_what_two_splits_share(string file, string video, string id)
    {
        var data = Read(file);
        Assert.Equal([8, 3, 4], DataInspector.Inspect(data).Splits.Select(s => s.Videos));
        Said(data, $"12 ids are in both train and test, such as {id}");
        Said(data, $"4 videos have utterances in both train and test, such as '{video}'");

        // Folds know utterances by their ids, so that these have to be made unique first: nothing is split in silence.
        Assert.Contains("occurs in two splits", Assert.Throws<InputException>(() => FoldSplitter.Fold(data, FoldSplitter.AssignFolds(data, 3, 1), 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_that_are_classes_are_told_of()
    {
        var data = Read("12-labels/meld7.pkl");
        Said(data, "Labels are 7 different whole numbers from 0 to 6 and look like classes");
        Said(data, "No label of train is negative");
    }

    [Fact]
    public void A_split_called_dev_is_valid_and_one_row_is_enough()
    {
        Assert.Equal([24, 9, 12], Read("13-splits/dev.pkl").Splits.Select(s => s.Count));
        Assert.Equal(Read("15-other-data/base.pkl").Digest, Read("13-splits/dev.pkl").Digest);
        Said(Read("13-splits/one_row.pkl"), "All labels of train are the same.");
    }

    [Fact]
    public void Rows_without_a_modality_are_told_of_and_train_on_its_mean()
    {
        var data = Read("14-missing-in-train/vision_40pct_nan.pkl");
        Said(data, "'vision' in train has no number in 10 of 24 rows: the modality is missing there. Predictions recover it, whatever a mask calls observed; training takes the training mean for it.");
        var vision = IndexOf(data, "vision");
        Assert.Equal([10, 4, 6], data.Splits.Select(split => Presence.Of(split).Count(set => !set.Contains(vision))));

        // The moments are those of the 14 rows that are there.
        var (train, standardiser) = (data["train"], Standardiser.Fit(data));
        int[] there = [.. Enumerable.Range(0, train.Count).Where(row => Presence.Of(train)[row].Contains(vision))];
        Assert.Equal(Standardiser.Fit(train.Select("train", there)).Means[vision], standardiser.Means[vision]);
        Assert.All(standardiser.Apply(train).Features, f => Assert.DoesNotContain(f.Values, value => !float.IsFinite(value)));
    }

    [Fact]
    public void Other_data_is_told_what_it_lacks()
    {
        var (based, nan) = (Read("15-other-data/base.pkl"), Read("15-other-data/audio_nan.pkl"));
        Assert.Equal(3, based.Modalities.Count);
        nan.CheckModalities(based.Modalities, "a run");
        Said(nan, "'audio' in test has no number in 12 of 12 rows: the modality is missing there");
        Assert.All(Presence.Restrict(nan["test"], [.. Enumerable.Repeat(ModalitySet.All(3), 12)]), set => Assert.Equal("vision+text", set.Describe([.. nan.Modalities.Select(m => m.Name)])));
        foreach (var file in new[] { "15-other-data/absent.pkl", "15-other-data/order.pkl" })
        {
            Assert.Contains("give data with the same names, lengths and widths in the same order",
                Assert.Throws<InputException>(() => Read(file).CheckModalities(based.Modalities, "a run")).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Two_infinite_numbers_do_not_spoil_a_column_far_from_zero()
    {
        // Column 0 of audio is 300 + label + a tenth of noise: once standardised its mean over time correlates with the label
        // as in the clean file, less what the unknown numbers lose; with zeros for them, 0.1.
        var (clean, inf) = (Read("19-inf-offset/clean.npz"), Read("19-inf-offset/inf.npz"));
        Assert.True(Correlation(clean) > 0.9, $"{Correlation(clean)}");
        Assert.Equal(Correlation(clean), Correlation(inf), 0.1);
        Said(inf, "'audio' in train has 2 NaN or infinite numbers");

        static double Correlation(DataSet data)
        {
            var test = Standardiser.Fit(data).Apply(data["test"]);
            var audio = test.Features[IndexOf(data, "audio")];
            double[] x = [.. Enumerable.Range(0, test.Count).Select(row => (double)audio.Row(row)[0] + audio.Row(row)[audio.Modality.Width])];
            double[] y = [.. test.Labels.Select(label => (double)label)];
            var (mx, my) = (x.Average(), y.Average());
            return x.Zip(y, (a, b) => (a - mx) * (b - my)).Sum() / Math.Sqrt(x.Sum(a => (a - mx) * (a - mx)) * y.Sum(b => (b - my) * (b - my)));
        }
    }

    [Fact]
    public void Long_sequences_of_different_lengths_are_read() =>
        Assert.Equal([10, 30, 40], Read("20-unaligned-long/t10-30-40.npz").Modalities.Select(m => m.Length).Order());

    [Fact]
    public void A_dead_modality_is_told_of()
    {
        var data = Read("22-min-singular/min.npz");
        Said(data, "'audio' in train is all zero in 8 of 8 rows");
        Said(data, "'audio' in train holds nothing in any row, so that nothing can be learnt from it");
    }

    [Fact]
    public void Modalities_may_have_the_usual_names_of_feature_tools() =>
        Assert.Equal(["covarep", "facet", "glove"], Read("23-language-name/cmu_names.npz").Modalities.Select(m => m.Name));

    private static DataSet Read(string file) => DataFile.Read(Repository.Shared(["cases", .. file.Split('/')]));

    private static int IndexOf(DataSet data, string modality) => data.Modalities.Select(m => m.Name).ToList().IndexOf(modality);

    private static void Said(DataSet data, string note) => Assert.Contains(data.Notes, n => n.Contains(note, StringComparison.Ordinal));
}
