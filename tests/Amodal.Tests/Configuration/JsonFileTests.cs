using System.Text;
using Amodal.Configuration;
using Amodal.Diffusion.Sampling;
using Amodal.Evaluation;
using Amodal.Tests.Data;
using Amodal.Training;

namespace Amodal.Tests.Configuration;

public sealed class JsonFileTests : IDisposable
{
    private const string Advice = "Do it again.";
    private readonly TemporaryFolder _folder = new();

    private static string Line<T>(T value) => JsonFile.ToLine(value);

    [Fact]
    public void One_dialect_names_in_camel_case_null_for_no_value_and_enums_as_configurations_say()
    {
        Assert.Equal("""{"mean":null,"low":null,"high":1.5}""", Line(new Estimate(double.NaN, double.NegativeInfinity, 1.5)));
        Assert.Equal("""{"someName":[null,1],"kind":"euler-maruyama","text":"a+b","nothing":null}""",
            Line(new { SomeName = new[] { float.NaN, 1 }, Kind = SamplerKind.EulerMaruyama, Text = "a+b", Nothing = (double?)double.NaN }));
    }

    [Fact]
    public void A_file_begins_with_its_format_and_is_read_back()
    {
        var path = Path.Combine(_folder.Name, "a.json");
        JsonFile.Write(path, format: 7, new Estimate(1, double.NaN, 2));
        Assert.StartsWith("{\n  \"format\": 7,\n  \"mean\": 1,", File.ReadAllText(path), StringComparison.Ordinal);
        Assert.Equal(new Estimate(1, double.NaN, 2), Read("", path, format: 7));
        Assert.Contains("format: is 7, and this version reads 1", Assert.Throws<InputException>(() => Read("", path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"mean":"NaN","low":"-Infinity","high":"Infinity"}""")]
    [InlineData("""{"Mean":"NaN","LOW":"-Infinity","high":"Infinity"}""")]
    [InlineData("""{"format":1,"mean":null,"low":"-Infinity","high":"Infinity","unknown":[1]}""")]
    [InlineData("\uFEFF{\"mean\":null,\"low\":\"-Infinity\",\"high\":\"Infinity\"}")]
    public void What_older_versions_wrote_is_read(string json) =>
        Assert.Equal(new Estimate(double.NaN, double.NegativeInfinity, double.PositiveInfinity), Read(json));

    [Theory]
    [InlineData("", "line 1")]
    [InlineData("null", "no JSON object")]
    [InlineData("[]", "no JSON object")]
    [InlineData("{\"mean\":1,", "line 1")]
    [InlineData("{\n\"mean\":1,\n\"low\":}", "line 3")]
    [InlineData("""{"mean":1,"mean":1}""", "mean")]
    [InlineData("""{"mean":1,"MEAN":1}""", "mean")]
    [InlineData("""{"mean":[]}""", "mean")]
    [InlineData("""{"mean":"1"}""", "mean")]
    [InlineData("""{"mean":1e999}""", "mean")]
    [InlineData("""{"mean":"\ud800"}""", "not an estimate")]
    [InlineData("""{"format":"1"}""", "format")]
    [InlineData("""{"format":1e99}""", "format")]
    public void What_is_not_sound_names_file_place_and_advice(string json, string place)
    {
        var problem = Assert.Throws<InputException>(() => Read(json));
        Assert.Equal(Path.Combine(_folder.Name, "read.json"), problem.Origin);
        Assert.Contains(place, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Size_and_depth_have_limits()
    {
        Assert.Contains("not an estimate", Assert.Throws<InputException>(() => Read(new string('[', 1_000_000))).Message, StringComparison.Ordinal);
        Assert.Contains("not an estimate", Assert.Throws<InputException>(() => Read($"{{\"mean\":1,\"x\":{new string('[', 40)}{new string(']', 40)}}}")).Message, StringComparison.Ordinal);
        var path = Path.Combine(_folder.Name, "large.json");
        using (var file = File.Create(path))
        {
            file.SetLength(JsonFile.MaxBytes + 1L); // a file with a hole, which takes no space
        }

        Assert.Contains($"at most {JsonFile.MaxBytes}", Assert.Throws<InputException>(() => Read("", path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"stages":null}""", "stages")]
    [InlineData("""{"stages":["a",null]}""", "stages[1]")]
    [InlineData("""{"versions":{"a":null}}""", "versions.a")]
    [InlineData("""{"modalities":[{"name":"a","length":1,"width":1},{"length":1,"width":1}]}""", "modalities[1].name")]
    public void A_null_where_a_value_must_be_is_found_wherever_it_is(string json, string place)
    {
        var path = _folder.Write("manifest.json", json);
        Assert.Equal(place, Assert.Throws<InputException>(() => JsonFile.Read<RunManifest>(path, 1, "a manifest", Advice)).Place);
    }

    [Fact]
    public void Numbers_are_held_to_the_ranges_of_their_settings()
    {
        var path = _folder.Write("sampler.json", """{"kind":"ddim","nfe":0}""");
        Assert.Equal("nfe", Assert.Throws<InputException>(() => JsonFile.Read<SamplerOptions>(path, 1, "a sampler", Advice)).Place);
        Assert.Equal(SamplerKind.Ddim, JsonFile.Read<SamplerOptions>(_folder.Write("sampler.json", """{"kind":"DDIM","nfe":3}"""), 1, "a sampler", Advice).Kind);
    }

    public void Dispose() => _folder.Dispose();

    private Estimate Read(string json, string? path = null, int format = 1) =>
        JsonFile.Read<Estimate>(path ?? _folder.Write("read.json", Encoding.UTF8.GetBytes(json)), format, "an estimate", Advice);
}
