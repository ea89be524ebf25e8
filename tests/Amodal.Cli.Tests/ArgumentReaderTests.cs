using System.CommandLine;
using System.CommandLine.Parsing;

namespace Amodal.Cli.Tests;

/// <summary>No option takes what was meant for another place, and no mistyped option is taken for a path.</summary>
public class ArgumentReaderTests
{
    [Theory]
    [InlineData("evaluate RUN --masksss x", "'--masksss' is not an option of 'amodal evaluate'")]
    [InlineData("evaluate RUN --protocl fixed", "Did you mean '--protocol'?")]
    [InlineData("evaluate RUN --protocl=fixed", "Did you mean '--protocol'?")]
    [InlineData("bench RUN --batch 1", "Did you mean '--batches'?")]
    [InlineData("table results.json --output t.md", "'--output' is not an option of 'amodal table'")]
    [InlineData("reproduce 6.7 --data a.pkl --oout x", "Did you mean '--out'?")]
    [InlineData("train --config c --data d --out r --sead 4", "Did you mean '--seed'?")]
    [InlineData("data inspect mosi.pkl -json", "'-json' is not an option of 'amodal data inspect'")]
    [InlineData("data inspekt mosi.pkl", "'inspekt' is not a command of 'amodal data'. Did you mean 'inspect'?")]
    [InlineData("evalute RUN", "'evalute' is not a command of 'amodal'. Did you mean 'evaluate'?")]
    [InlineData("predict RUN --data d --out o --json=true", "'--json' takes no value")]
    public void What_is_not_known_is_named_with_the_nearest(string line, string expected) =>
        Assert.Contains(expected, Assert.Single(Parse(line).Errors), StringComparison.Ordinal);

    [Theory]
    [InlineData("data inspect", "Try 'amodal data inspect --help'.")]
    [InlineData("data", "Try 'amodal data --help'.")]
    [InlineData("train", "Try 'amodal train --help'.")]
    [InlineData("nonsense", "Try 'amodal --help'.")]
    [InlineData("import imder", "Try 'amodal import imder --help'.")]
    public void Where_to_look_is_a_command_that_can_be_typed(string line, string expected) =>
        Assert.Contains(expected, InProcess.Run(line.Split(' ')).Errors, StringComparison.Ordinal);

    [Theory]
    [InlineData("evaluate --json RUN", "RUN", "-")]
    [InlineData("evaluate RUN --json", "RUN", "-")]
    [InlineData("evaluate --json A B", "A B", "-")]
    [InlineData("evaluate --json=rows.txt RUN", "RUN", "rows.txt")]
    [InlineData("evaluate RUN --json rows.json", "RUN", "rows.json")]
    [InlineData("evaluate RUN --json -", "RUN", "-")]
    [InlineData("reproduce --json 6.7", "6.7", "-")]
    [InlineData("reproduce 6.7 --json table", "6.7", "table")]
    [InlineData("evaluate RUN", "RUN", null)]
    public void Json_takes_no_run(string line, string positionals, string? file)
    {
        var (parsed, errors, _) = Parse(line);
        Assert.Empty(errors);
        Assert.Equal(positionals, Positionals(parsed));
        Assert.Equal(file, parsed.GetValue<string?>("--json"));
    }

    [Theory]
    [InlineData("evaluate --against A RUN", "RUN", "--against", "A")]
    [InlineData("evaluate RUN --against A --against B", "RUN", "--against", "A B")]
    [InlineData("evaluate RUN --against=A --against=B", "RUN", "--against", "A B")]
    [InlineData("reproduce --set a=1 6.7", "6.7", "--set", "a=1")]
    [InlineData("reproduce --data a.pkl 6.7", "6.7", "--data", "a.pkl")]
    [InlineData("reproduce 6.7 --data a.pkl b.pkl", "6.7", "--data", "a.pkl b.pkl")]
    [InlineData("data convert --modality a=a.npy IN OUT", "IN OUT", "--modality", "a=a.npy")]
    [InlineData("data convert IN OUT --modality a=a.npy b=b.npy", "IN OUT", "--modality", "a=a.npy b=b.npy")]
    [InlineData("train --set a=1 b=2 --set c=3 --config c --data d --out r", "", "--set", "a=1 b=2 c=3")]
    [InlineData("profile --backbone unet dit", "", "--backbone", "unet dit")]
    [InlineData("bench --path true", "true", "--scale", "")]
    [InlineData("evaluate -- --strange @name", "--strange @name", "--against", "")]
    [InlineData("evaluate @name", "@name", "--against", "")]
    public void A_list_option_takes_one_value_where_more_could_be_meant_for_another_place(string line, string positionals, string option, string values)
    {
        var (parsed, errors, _) = Parse(line);
        Assert.Empty(errors);
        Assert.Equal(positionals, Positionals(parsed));
        Assert.Equal(values, string.Join(' ', (parsed.GetResult(option) as OptionResult)?.Tokens.Select(t => t.Value) ?? []));
    }

    [Fact]
    public void What_could_be_a_run_or_a_rival_is_asked_about() =>
        Assert.Contains("write --against B", Assert.Single(Parse("evaluate RUN --against A B").Errors), StringComparison.Ordinal);

    private static (ParseResult Parsed, IReadOnlyList<string> Errors, string Command) Parse(string line) => ArgumentReader.Parse(InProcess.Root(), line.Split(' '));

    private static string Positionals(ParseResult parsed) =>
        string.Join(' ', parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value));
}
