using Amodal.Data;
using Amodal.Missingness;
using CsCheck;

namespace Amodal.Tests.Missingness;

public sealed class MaskFileTests : IDisposable
{
    private static readonly string[] Ids = ["u1", "u,2", "u\"3"];
    private static readonly string[] Names = ["text", "audio", "vision"];
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    private static Modality[] Of(string[] names) => [.. names.Select(name => new Modality(name, Length: 6, Width: 2))];

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Writes_a_header_and_a_row_of_ones_and_zeros_for_each_utterance()
    {
        MaskFile.Write(_path, Ids, Names, [ModalitySet.All(3), ModalitySet.Of(1), ModalitySet.Of(0, 2)]);
        Assert.Equal("id,text,audio,vision\nu1,1,1,1\n\"u,2\",0,1,0\n\"u\"\"3\",1,0,1\n", File.ReadAllText(_path));
    }

    [Fact]
    public void What_is_written_is_read() =>
        Gen.Select(Gen.String.HashSet[1, 20], Gen.Int[1, 32], Gen.ULong).Sample((ids, modalities, seed) =>
        {
            string[] names = [.. Enumerable.Range(0, modalities).Select(m => $"m{m}")];
            string[] list = [.. ids.Where(id => !id.Any(char.IsSurrogate))]; // half a surrogate pair is not text
            if (list.Length == 0)
            {
                return;
            }

            var masks = RandomMasks.Draw(list.Length, modalities, RandomMasks.MaximumRate(modalities) / 2, seed);
            MaskFile.Write(_path, list, names, masks);
            Assert.Equal(masks, MaskFile.Read(_path, list, Of(names)));
        }, iter: 30, threads: 1);

    [Fact]
    public void Rows_and_columns_may_be_in_any_order()
    {
        File.WriteAllText(_path, "id,vision,text,audio\r\n\"u\"\"3\",1,0,0\r\nu1,0,1,0\r\n\"u,2\",0,1,1\r\n");
        Assert.Equal([ModalitySet.Of(0), ModalitySet.Of(0, 1), ModalitySet.Of(2)], MaskFile.Read(_path, Ids, Of(Names)));
    }

    [Fact]
    public void Steps_are_ranges_that_are_read_as_they_are_written()
    {
        Observation[] observed =
        [
            Observation.Of(ModalitySet.Of(0)).WithSteps(1, true, false, true, true, false, true), ModalitySet.All(3), default(Observation).WithSteps(2, false, true, false, false, false, false),
        ];
        MaskFile.Write(_path, Ids, Names, observed);
        Assert.Equal("id,text,audio,vision\nu1,1,0:1 2:4 5:6,0\n\"u,2\",1,1,1\n\"u\"\"3\",0,0,1:2\n", File.ReadAllText(_path));
        Assert.Equal(observed, MaskFile.Read(_path, Ids, Of(Names)));
        File.WriteAllText(_path, "id,text,audio,vision\nu1,0:6,4:6 0:5,0\n\"u,2\",1,1,1\n\"u\"\"3\",0,0,1:2\n"); // all steps, and ranges in any order
        Assert.Equal([ModalitySet.Of(0, 1), .. observed[1..]], MaskFile.Read(_path, Ids, Of(Names)));
    }

    [Theory]
    [InlineData("id,text,audio,vision\nu1,1,0:7,1\n", "line 2, id 'u1'", "'audio' is '0:7'; it must be 1 (observed), 0 (missing), or the observed ones of its 6 steps, such as 0:3")]
    [InlineData("id,text,audio,vision\nu1,1,3:3,1\n", "line 2, id 'u1'", "'audio' is '3:3'")]
    [InlineData("id,text,audio,vision\nu1,1,-1:2,1\n", "line 2, id 'u1'", "'audio' is '-1:2'")]
    [InlineData("id,text,audio,vision\nu1,1,0:2:4,1\n", "line 2, id 'u1'", "'audio' is '0:2:4'")]
    [InlineData("id,text,audio,vision\nu1,1,0:99999999999,1\n", "line 2, id 'u1'", "'audio' is '0:99999999999'")]
    [InlineData("", "line 1", "the first column is not 'id'; expected is the header id,text,audio,vision")]
    [InlineData("name,text,audio,vision\n", "line 1", "the first column is not 'id'")]
    [InlineData("id,text,audio,smell\n", "column 'smell'", "is not a modality of the data set")]
    [InlineData("id,text,text,vision\n", "column 'text'", "is there twice")]
    [InlineData("id,text,audio\n", "line 1", "has no column for vision")]
    [InlineData("id,text,audio,vision\nu1,1,1,1\nu9,1,1,1\n", "line 3, id 'u9'", "is not an utterance of this split")]
    [InlineData("id,text,audio,vision\nu1,1,1,1\nu1,1,1,0\n", "line 3, id 'u1'", "has a row already")]
    [InlineData("id,text,audio,vision\nu1,1,1,1\n", "id 'u,2'", "has no row, and 1 other utterances of 3 have none either")]
    [InlineData("id,text,audio,vision\nu1,1,2,1\n", "line 2, id 'u1'", "'audio' is '2'; it must be 1 (observed), 0 (missing), or")]
    [InlineData("id,text,audio,vision\nu1,1,,1\n", "line 2, id 'u1'", "'audio' is ''")]
    [InlineData("id,text,audio,vision\nu1,1,1\n", "line 2, id 'u1'", "has 3 fields, but the header has 4")]
    [InlineData("id,text,audio,vision\nu1,0,0,0\n", "line 2, id 'u1'", "all modalities are missing")]
    [InlineData("id,text,audio,vision\nu\"1,0,0,1\n", "line 2", "is not CSV")]
    public void Anything_else_is_refused_with_its_place(string content, string place, string problem)
    {
        File.WriteAllText(_path, content);
        var e = Assert.Throws<InputException>(() => MaskFile.Read(_path, Ids, Of(Names)));
        Assert.Equal(_path, e.Origin);
        Assert.Equal(place, e.Place);
        Assert.Contains(problem, e.Message);
    }

    [Fact]
    public void A_file_that_is_not_there_is_told_of() =>
        Assert.Contains("is not there", Assert.Throws<InputException>(() => MaskFile.Read(_path, Ids, Of(Names))).Message);
}
