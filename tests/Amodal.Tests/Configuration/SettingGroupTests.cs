using System.ComponentModel.DataAnnotations;
using Amodal.Configuration;

namespace Amodal.Tests.Configuration;

public class SettingGroupTests
{
    public sealed record Target
    {
        [Range(1, 64)]
        public int Width { get; init; } = 8;

        public string Name { get; init; } = "x";
    }

    internal sealed record Entry
    {
        public bool Shown { get; init; } = true;

        public SettingGroup Settings { get; init; } = SettingGroup.Empty;
    }

    internal sealed record Sheet
    {
        public SettingGroup Settings { get; init; } = SettingGroup.Empty;

        public IReadOnlyDictionary<string, Entry> Rows { get; init; } = new Dictionary<string, Entry>();
    }

    [Fact]
    public void Records_stand_under_free_names_in_the_files_order()
    {
        var sheet = Parse("rows:\n  zeta:\n  Alpha beta: { shown: false }\n  10: {}\n");
        Assert.Equal(["zeta", "Alpha beta", "10"], sheet.Rows.Keys);
        Assert.Equal([true, false, true], sheet.Rows.Values.Select(r => r.Shown));
    }

    [Fact]
    public void Settings_are_put_over_a_record_the_later_group_winning()
    {
        var sheet = Parse("settings:\n  width: 2\n  name: a\nrows:\n  r:\n    settings: { width: 3 }\n");
        Assert.Equal(new Target { Width = 3, Name = "a" }, YamlOptions.Apply(new Target(), [sheet.Settings, sheet.Rows["r"].Settings], "s.yaml"));
        Assert.Equal(5, YamlOptions.Apply(new Target(), [sheet.Settings], "s.yaml", ["width=5"]).Width);
    }

    [Theory]
    [InlineData("rows:\n  a:\n    settings:\n      widht: 2", "line 4, widht", "Did you mean 'width'?")]
    [InlineData("rows:\n  a:\n    settings: { width: 65 }", "line 3, width", "from 1 to 64")]
    public void Their_faults_have_the_files_line(string text, string place, string problem)
    {
        var settings = Parse(text).Rows["a"].Settings;
        var message = Assert.Throws<InputException>(() => YamlOptions.Apply(new Target(), [settings], "s.yaml")).Message;
        Assert.Contains(place, message, StringComparison.Ordinal);
        Assert.Contains(problem, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("settings: 3", "line 1, settings", "settings 'key: value'")]
    [InlineData("settings: [a]", "line 1, settings", "is a list")]
    [InlineData("rows: [a]", "line 1, rows", "groups of keys, each under a name")]
    [InlineData("rows:\n  a: 3", "line 2, rows.a", "is '3'; it is a group of keys")]
    [InlineData("rows:\n  a: { show: true }", "line 2, rows.a.show", "Did you mean 'rows.a.shown'?")]
    [InlineData("rows:\n  a: {}\n  a: {}", "line 3, a", "given twice")]
    public void What_is_no_group_is_refused(string text, string place, string problem)
    {
        var message = Assert.Throws<InputException>(() => Parse(text)).Message;
        Assert.Contains(place, message, StringComparison.Ordinal);
        Assert.Contains(problem, message, StringComparison.Ordinal);
    }

    private static Sheet Parse(string text) => YamlOptions.Parse<Sheet>(text, "s.yaml", []);
}
