using Amodal.Data;
using Amodal.Files;
using Amodal.Methods;
using Amodal.Missingness;
using Amodal.Runs;
using Amodal.Tests.Data;
using CsCheck;
using CsvHelper;

namespace Amodal.Tests.Files;

public class CsvCellTests
{
    private static readonly string[] _risky = ["=1+1", "+1", "-3g5yACwYnA$_$13", "@SUM(A1)", "\tx", "'quoted", "'=x", "''"];

    [Fact]
    public void A_cell_that_a_spreadsheet_would_run_does_not_begin_so_and_is_read_back()
    {
        Assert.All(_risky, text => Assert.Equal("'" + text, CsvCell.Of(text)));
        Assert.All(new[] { "", "a=b", "video_1", " =x", "1" }, text => Assert.Equal(text, CsvCell.Of(text)));
        Gen.String.Sample(text => CsvCell.TextOf(CsvCell.Of(text)) == text);
    }

    [Fact]
    public void Masks_of_such_ids_and_names_are_read_back_and_those_of_other_programs_as_they_are()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Name, "masks.csv");
        string[] names = ["=text", "'=text", "-sound"];
        var masks = RandomMasks.Draw(_risky.Length, names.Length, 0.5, seed: 3);
        MaskFile.Write(path, _risky, names, masks);
        Assert.All(File.ReadLines(path).Skip(1), line => Assert.Contains(line.TrimStart('"')[0], "'"));
        Assert.Equal(masks, MaskFile.Read(path, _risky, [.. names.Select(name => new Modality(name, 1, 1))]));

        File.WriteAllText(path, "id,-sound,=text\n-1,1,0\n=2,0,1\n");
        Assert.Equal([ModalitySet.Of(1), ModalitySet.Of(0)], MaskFile.Read(path, ["-1", "=2"], [new Modality("=text", 1, 1), new Modality("-sound", 1, 1)]));
    }

    [Fact]
    public void Predictions_stay_numbers_and_ids_are_read_back()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Name, "predictions.csv");
        PredictionFile.Write(path, [.. _risky.Select((id, i) => new UtterancePrediction(id, "-sound", -0.5 - i, 0.25))], withDeviation: true);
        using var file = InputFile.Open(path);
        using var csv = CsvReader.Create(file, new CsvReaderOptions { Separator = ',' });
        foreach (var (i, id) in _risky.Index())
        {
            Assert.True(csv.Read());
            Assert.Equal(id, CsvCell.TextOf(csv.GetString(0)));
            Assert.Equal("'-sound", csv.GetString(1));
            Assert.Equal(-0.5 - i, double.Parse(csv.GetString(2), System.Globalization.CultureInfo.InvariantCulture));
            Assert.Equal("0.25", csv.GetString(3));
        }
    }
}
