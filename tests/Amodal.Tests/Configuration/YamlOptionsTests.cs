using System.ComponentModel.DataAnnotations;
using Amodal.Configuration;
using CsCheck;

namespace Amodal.Tests.Configuration;

public class YamlOptionsTests
{
    public enum Colour { Red, SubVP, ScoreTransformer1D }

    public sealed record Inner
    {
        [Range(1, 64)]
        public int Width { get; init; } = 8;

        [Range(0, 1)]
        public double AttentionDropout { get; init; } = 0.2;
    }

    public sealed record Outer
    {
        [StringLength(10, MinimumLength = 1)]
        public string Name { get; init; } = "x";

        public bool Enabled { get; init; } = true;
        public long Big { get; init; }
        public Colour Kind { get; init; }
        public Inner Inner { get; init; } = new() { Width = 16 };
    }

    [Fact]
    public void Reads_every_kind_of_value_and_keeps_the_defaults_of_the_rest()
    {
        var read = Parse("name: abc\nenabled: false\nbig: -5000000000\nkind: sub_vp\ninner:\n  attentionDropout: 1e-1\n");
        Assert.Equal(new Outer { Name = "abc", Enabled = false, Big = -5000000000, Kind = Colour.SubVP, Inner = new() { Width = 16, AttentionDropout = 0.1 } }, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("---\n")]
    [InlineData("{}")]
    [InlineData("inner:\n  # width: 3\n")]
    public void Nothing_is_all_defaults(string text) => Assert.Equal(new Outer(), Parse(text));

    [Theory]
    [InlineData("kind: scoretransformer1d", Colour.ScoreTransformer1D)]
    [InlineData("kind: Score-Transformer-1D", Colour.ScoreTransformer1D)]
    [InlineData("kind: SUBVP", Colour.SubVP)]
    [InlineData("kind: 'red'", Colour.Red)]
    public void Enum_names_ignore_case_hyphens_and_underscores(string text, Colour expected) => Assert.Equal(expected, Parse(text).Kind);

    [Theory]
    // Unknown keys, with what was meant.
    [InlineData("enabled: true\ninner:\n  widht: 3", "line 3, inner.widht", "is no key here. Did you mean 'inner.width'? Allowed: width, attentionDropout.")]
    [InlineData("width: 3", "line 1, width", "Did you mean 'inner.width'?")]
    [InlineData("Name: a", "line 1, Name", "Did you mean 'name'?")]
    [InlineData("zzzzzzzz: a", "line 1, zzzzzzzz", "is no key here. Allowed: name, enabled, big, kind, inner.")]
    [InlineData("name: a\nname: b", "line 2, name", "given twice, first in line 1")]
    // Wrong types.
    [InlineData("inner:\n  width: wide", "line 2, inner.width", "is 'wide'; allowed is a whole number from 1 to 64")]
    [InlineData("inner:\n  width: 3.0", "line 2, inner.width", "is '3.0'; allowed is a whole number from 1 to 64")]
    [InlineData("inner:\n  width: '3'", "line 2, inner.width", "is the quoted text '3'")]
    [InlineData("inner:\n  width:", "line 2, inner.width", "has no value; allowed is a whole number")]
    [InlineData("inner:\n  width: [3]", "line 2, inner.width", "is a list")]
    [InlineData("inner:\n  width: {a: 3}", "line 2, inner.width", "is a group of keys")]
    [InlineData("inner: 3", "line 1, inner", "is '3'; it is a group of keys: width, attentionDropout")]
    [InlineData("inner: [3]", "line 1, inner", "is a list; it is a group of keys")]
    [InlineData("enabled: yes", "line 1, enabled", "is 'yes'; allowed is true or false")]
    [InlineData("name: null", "line 1, name", "has no value; allowed is text of 1 to 10 characters")]
    // Out of range; Range(0, 1) on a double must not round.
    [InlineData("inner:\n  width: 65", "line 2, inner.width", "is '65'; allowed is a whole number from 1 to 64")]
    [InlineData("inner:\n  width: 99999999999999999999", "line 2, inner.width", "allowed is a whole number from 1 to 64")]
    [InlineData("inner:\n  attentionDropout: 1.4", "line 2, inner.attentionDropout", "is '1.4'; allowed is a finite number from 0 to 1")]
    [InlineData("inner:\n  attentionDropout: -0.1", "line 2, inner.attentionDropout", "allowed is a finite number from 0 to 1")]
    [InlineData("inner:\n  attentionDropout: .nan", "line 2, inner.attentionDropout", "is '.nan'; allowed is a finite number")]
    [InlineData("inner:\n  attentionDropout: NaN", "line 2, inner.attentionDropout", "is 'NaN'; allowed is a finite number")]
    [InlineData("inner:\n  attentionDropout: 1e999", "line 2, inner.attentionDropout", "is '1e999'; allowed is a finite number")]
    [InlineData("name: abcdefghijk", "line 1, name", "allowed is text of 1 to 10 characters")]
    [InlineData("name: ''", "line 1, name", "allowed is text of 1 to 10 characters")]
    [InlineData("big: 9223372036854775808", "line 1, big", "from -9223372036854775808 to 9223372036854775807")]
    [InlineData("kind: sub-pv", "line 1, kind", "is 'sub-pv'; allowed is one of red, sub-vp, score-transformer1d. Did you mean 'sub-vp'?")]
    [InlineData("kind: 1", "line 1, kind", "is '1'; allowed is one of red")]
    // What YAML can do and a configuration may not.
    [InlineData("name: &a x", "line 1", "the anchor '&a' is not allowed")]
    [InlineData("name: *a", "line 1, name", "is an alias (*name), which is not allowed")]
    [InlineData("name: !!str x", "line 1", "the tag 'tag:yaml.org,2002:str' is not allowed")]
    [InlineData("name: !System.Type x", "line 1", "the tag '!System.Type' is not allowed")]
    [InlineData("name: a\n---\nname: b", "line 2", "a second document begins here")]
    [InlineData("- a\n- b", "line 1", "a configuration is a list of lines 'key: value'")]
    [InlineData("just words", "line 1", "a configuration is a list of lines 'key: value'")]
    [InlineData("? [a]\n: b", "line 1", "a key is a single word")]
    [InlineData("name: a\n  b: c", "line 2", "is not YAML")]
    [InlineData(": name", "line 1, ", "is no key here")]
    [InlineData("name: a\n...\0", "line 2", "holds the control character U+0000")]
    public void Refuses(string text, string place, string problem)
    {
        var refused = Assert.Throws<InputException>(() => Parse(text));
        Assert.Equal("test.yaml", refused.Origin);
        Assert.Equal(place, refused.Place);
        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tells_all_faults_at_once()
    {
        var refused = Assert.Throws<InputException>(() => Parse("nam: a\nbig: b\ninner:\n  width: 0\n", "kind=blue", "inner"));
        Assert.Equal("""
            test.yaml: 5 faults:
              line 1, nam: is no key here. Did you mean 'name'? Allowed: name, enabled, big, kind, inner.
              line 2, big: is 'b'; allowed is a whole number from -9223372036854775808 to 9223372036854775807.
              line 4, inner.width: is '0'; allowed is a whole number from 1 to 64.
              setting kind: is 'blue'; allowed is one of red, sub-vp, score-transformer1d.
              setting inner: is not of the form key=value, such as backbone.width=64.
            """, refused.Message);
    }

    [Fact]
    public void Overrides_go_over_the_file_and_the_last_one_wins()
    {
        var read = Parse("inner:\n  width: 3\n  attentionDropout: 0.5\n", "inner.width=4", "inner.width=5", "name=a=b: c");
        Assert.Equal(new Outer { Name = "a=b: c", Inner = new() { Width = 5, AttentionDropout = 0.5 } }, read);
    }

    [Theory]
    [InlineData("inner.widht=3", "setting inner.widht", "Did you mean 'inner.width'?")]
    [InlineData("inner.width=0", "setting inner.width", "allowed is a whole number from 1 to 64")]
    [InlineData("inner=3", "setting inner", "it is a group of keys")]
    [InlineData("inner=", "setting inner", "it is a group of keys")]
    [InlineData("inner.width.x=3", "setting inner.width", "is a group of keys; allowed is a whole number")]
    [InlineData("=3", "setting =3", "not of the form key=value")]
    [InlineData("..=3", "setting ", "is no key here")]
    public void Refuses_overrides_at_their_place(string setting, string place, string problem)
    {
        var refused = Assert.Throws<InputException>(() => Parse("", setting));
        Assert.Equal(place, refused.Place);
        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rules_see_sound_settings_and_their_faults_name_where_each_was_set()
    {
        static IEnumerable<OptionFault> Rules(Outer o) => [new(["inner.width", "big", "kind"], $"{o.Inner.Width} does not go with {o.Big}.")];
        var refused = Assert.Throws<InputException>(() => YamlOptions.Parse<Outer>("\ninner:\n  width: 3", "f", ["big=7"], Rules));
        Assert.Equal("f: inner.width (line 3) and big (setting big) and kind (default): 3 does not go with 7.", refused.Message);

        refused = Assert.Throws<InputException>(() => YamlOptions.Parse<Outer>("big: x", "f", [], Rules));
        Assert.DoesNotContain("does not go", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_nested_without_end_is_refused_and_not_followed()
    {
        foreach (var (open, count) in new[] { ("{a: ", 50_000), ("[", 50_000) })
        {
            var refused = Assert.Throws<InputException>(() => Parse(string.Concat(Enumerable.Repeat(open, count))));
            Assert.Contains("16 deep", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Writing_and_reading_gives_the_same_options()
    {
        // Every UTF-16 unit but surrogates, which alone are no text, plus one pair; the length attribute is in UTF-16 units.
        var character = Gen.OneOf(Gen.Char['\0', '\uD7FF'], Gen.Char['\uE000', '\uFFFF'], Gen.OneOf('"', '\\', '#', ':', '\u0085', '\u2028', '\uFEFF'));
        var name = Gen.OneOf(
            character.Array[1, 10].Select(c => new string(c)),
            Gen.OneOf("null", "~", "true", "1", "-", "a: b", " a ", "😀", "yes", "a\r\nb", "'"));
        var inner = Gen.Select(Gen.Int[1, 64], Gen.Double[0, 1], (w, d) => new Inner { Width = w, AttentionDropout = d });
        Gen.Select(name, Gen.Bool, Gen.Long, Gen.Enum<Colour>(), inner,
            (n, e, b, k, i) => new Outer { Name = n, Enabled = e, Big = b, Kind = k, Inner = i })
            .Sample(options => Parse(YamlOptions.Write(options)) == options, iter: 2000);
    }

    [Fact]
    public void Any_text_is_read_or_refused()
    {
        var piece = Gen.OneOf("name", "inner", "width", ": ", ":\n", "\n", "  ", "- ", "&a ", "*a", "!!t ", "? ", "{", "}", "[", "]", ",", "'", "\"", "|", ">", "%", "---\n", "...", "#", "\t", "3", "é", "\0", "<<", "@", "\\", "\r");
        piece.Array[0, 12].Select(string.Concat).Sample(text =>
        {
            try
            {
                Parse(text);
            }
            catch (InputException)
            {
                // Refusing is right; any other exception fails the test.
            }
        }, iter: 5000);
    }

    [Fact]
    public void Bad_files_are_bad_input()
    {
        var folder = Directory.CreateTempSubdirectory("amodal-");
        try
        {
            string At(string name, byte[] bytes)
            {
                var path = Path.Combine(folder.FullName, name);
                File.WriteAllBytes(path, bytes);
                return path;
            }

            Assert.Contains("is not there", Refused(Path.Combine(folder.FullName, "none.yaml")), StringComparison.Ordinal);
            Assert.Contains("cannot be read", Refused(folder.FullName), StringComparison.Ordinal);
            Assert.Contains("not UTF-8", Refused(At("latin.yaml", [.. "name: "u8, 0xE9])), StringComparison.Ordinal);
            Assert.Contains("more than 1048576 bytes", Refused(At("huge.yaml", new byte[(1 << 20) + 1])), StringComparison.Ordinal);
            Assert.Equal("é", YamlOptions.Read<Outer>(At("bom.yaml", [0xEF, 0xBB, 0xBF, .. "name: é"u8])).Name);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        static string Refused(string path) => Assert.Throws<InputException>(() => YamlOptions.Read<Outer>(path)).Message;
    }

    private static Outer Parse(string text, params string[] overrides) => YamlOptions.Parse<Outer>(text, "test.yaml", overrides);
}
