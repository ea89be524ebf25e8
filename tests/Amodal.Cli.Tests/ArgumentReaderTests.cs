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
    [InlineData("compare results.json --output t.md", "'--output' is not an option of 'amodal compare'")]
    [InlineData("experiment run 6.7 --data a.pkl --oout x", "Did you mean '--out'?")]
    [InlineData("train c --data d -o r --sead 4", "Did you mean '--seed'?")]
    [InlineData("data inspect mosi.pkl -json", "'-json' is not an option of 'amodal data inspect'")]
    [InlineData("data inspekt mosi.pkl", "'inspekt' is not a command of 'amodal data'. Did you mean 'inspect'?")]
    [InlineData("evalute RUN", "'evalute' is not a command of 'amodal'. Did you mean 'evaluate'?")]
    [InlineData("predict RUN --data d -o o --json=true", "'--json' takes no value")]
    [InlineData("experiment list --json=rows.json", "'--json' takes no value")]
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
    [InlineData("evaluate --json RUN", "RUN")]
    [InlineData("evaluate RUN --json", "RUN")]
    [InlineData("evaluate --json A B", "A B")]
    [InlineData("experiment run --json 6.7", "6.7")]
    [InlineData("data inspect --json mosi.pkl", "mosi.pkl")]
    public void Json_is_a_flag_and_takes_no_path(string line, string positionals)
    {
        var (parsed, errors, _) = Parse(line);
        Assert.Empty(errors);
        Assert.Equal(positionals, Positionals(parsed));
        Assert.True(parsed.GetValue<bool>("--json"));
    }

    [Theory]
    [InlineData("train --config cpu-speed --data d --out r", "train cpu-speed --data d --out r")]
    [InlineData("train --data d --config=./x.yaml -o r", "train --data d ./x.yaml -o r")]
    [InlineData("impute RUN --data d --missing a --out x.npz", "recover RUN --data d --missing a --out x.npz")]
    [InlineData("masks --data d --mr 0.5 --out m.csv", "data masks d --missing-rate 0.5 --out m.csv")]
    [InlineData("masks --data=d --missing-rate a=0.5 --out m.csv", "data masks d --missing-rate a=0.5 --out m.csv")]
    [InlineData("table a.json b.json --out t.md", "compare a.json b.json --out t.md")]
    [InlineData("reproduce list --json", "experiment plan --json")]
    [InlineData("reproduce 6.7 --data d --out o --seeds 2", "experiment run 6.7 --data d --out o --mask-seeds 2")]
    [InlineData("reproduce --data d --out o 6.7", "experiment run --data d --out o 6.7")]
    [InlineData("evaluate RUN --mr 0.3 --seeds=2 --report r", "evaluate RUN --missing-rate 0.3 --mask-seeds=2 --out r")]
    [InlineData("evaluate RUN --json rows.json --quiet", "evaluate RUN --json-file=rows.json --quiet")]
    [InlineData("evaluate --json=rows.txt RUN", "evaluate --json-file=rows.txt RUN")]
    [InlineData("profile --config x.yaml --backbone unet", "bench --networks x.yaml --backbone unet")]
    [InlineData("bench RUN --missing 1,2", "bench RUN --missing-count 1,2")]
    [InlineData("evaluate RUN --json -", "evaluate RUN --json")]
    public void Names_of_before_are_understood_with_a_note(string old, string now)
    {
        var (words, notes) = OldNames.Translate(old.Split(' '));
        Assert.Equal(now, string.Join(' ', words));
        Assert.NotEmpty(notes);
        Assert.Empty(ArgumentReader.Parse(InProcess.Root(), words).Errors);
    }

    [Theory]
    [InlineData("train cpu-speed --data d -o r --seed 1")]
    [InlineData("data masks d --missing-rate 0.5 -o m.csv")]
    [InlineData("compare a.json b.json --json")]
    [InlineData("compare --json results.json")]
    [InlineData("predict RUN --data d -o o --json")]
    [InlineData("evaluate -- --report")]
    [InlineData("--version")]
    public void Names_of_today_have_no_note(string line)
    {
        var (words, notes) = OldNames.Translate(line.Split(' '));
        Assert.Empty(notes);
        Assert.Equal(line, string.Join(' ', words));
    }

    [Theory]
    [InlineData("evaluate --against A RUN", "RUN", "--against", "A")]
    [InlineData("evaluate RUN --against A --against B", "RUN", "--against", "A B")]
    [InlineData("evaluate RUN --against=A --against=B", "RUN", "--against", "A B")]
    [InlineData("experiment run --set a=1 6.7", "6.7", "--set", "a=1")]
    [InlineData("experiment plan --set a=1 b.c=2 6.7 6.8", "6.7 6.8", "--set", "a=1 b.c=2")]
    [InlineData("experiment run --data a.pkl 6.7", "6.7", "--data", "a.pkl")]
    [InlineData("experiment run 6.7 --data a.pkl b.pkl", "6.7", "--data", "a.pkl b.pkl")]
    [InlineData("data convert --modality a=a.npy IN -o OUT", "IN", "--modality", "a=a.npy")]
    [InlineData("data convert IN OUT", "IN OUT", "--modality", "")]
    [InlineData("data convert IN OUT --modality a=a.npy b=b.npy", "IN OUT", "--modality", "a=a.npy b=b.npy")]
    [InlineData("train c --set a=1 b=2 --set c=3 --data d -o r", "c", "--set", "a=1 b=2 c=3")]
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
