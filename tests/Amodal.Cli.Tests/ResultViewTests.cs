using Amodal.Runs;
using Amodal.Targets;
using global::Amodal.Evaluation;
using global::Amodal.Evaluation.Reports;
using global::Amodal.Missingness;
using Spectre.Console;

namespace Amodal.Cli.Tests;

/// <summary>What an evaluation says on the terminal.</summary>
public class ResultViewTests
{
    [Theory]
    [InlineData(3, 80)]
    [InlineData(4, 80)]
    [InlineData(6, 80)]
    [InlineData(6, 120)]
    public void No_line_of_the_tables_is_wider_than_the_terminal_and_no_number_is_broken(int modalities, int width)
    {
        var result = Result(modalities);
        var text = Printed(width, terminal => EvaluationView.Print(terminal, result, withTables: true));
        Assert.All(text.Split('\n'), line => Assert.True(line.TrimEnd('\r').Length <= width, line));
        foreach (var row in result.Rows.Where(r => r.Case == ProtocolEvaluator.AverageIncomplete))
        {
            Assert.Contains(FormattableString.Invariant($"{100 * row.Metrics[ScoreTarget.Acc2NonZero].Low:0.0} to {100 * row.Metrics[ScoreTarget.Acc2NonZero].High:0.0}"), text, StringComparison.Ordinal);
        }

        // Of many sets only averages and the complete one stand here; the report has all.
        Assert.Equal(modalities > 3, text.Contains("average, 2 missing", StringComparison.Ordinal));
        Assert.DoesNotContain(text.Split('\n'), line => modalities > 3 && line.Contains("m0+m1 ", StringComparison.Ordinal));
    }

    [Fact]
    public void An_evaluation_begins_with_five_lines_and_is_short()
    {
        var lines = Printed(200, terminal => EvaluationView.Print(terminal, Result(3))).Split('\n').Select(l => l.TrimEnd()).ToList();
        Assert.StartsWith("ours reaches ACC2", lines[0], StringComparison.Ordinal);
        Assert.Contains("95 % intervals over 3 videos, 10 utterances", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("It beats 1 of 2 baselines beyond chance.", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("Losing m0 costs", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("m0", lines[3], StringComparison.Ordinal);
        Assert.StartsWith("Warning: with all observed it does worse than with m0 alone", lines[4], StringComparison.Ordinal);
        Assert.Equal("", lines[5]);
        Assert.InRange(lines.Count, 10, 30);
    }

    [Fact]
    public void Quiet_is_the_verdict_and_the_warning()
    {
        var lines = Printed(400, terminal => EvaluationView.PrintVerdict(terminal, Result(3))).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("It beats 1 of 2 baselines beyond chance.", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("Warning:", lines[1], StringComparison.Ordinal);
    }

    private static string[] Names(int modalities) => [.. Enumerable.Range(0, modalities).Select(m => $"m{m}")];

    private static RunEvaluationResult Result(int modalities)
    {
        float[] truth = [-2, -1, 1, 2, 3, -3, 1.5f, -0.5f, 2, -2];
        string[] groups = ["a", "a", "a", "a", "b", "b", "b", "c", "c", "c"];
        // From the first modality alone all signs are right, from more one in every video is not, and from the others none is.
        var ours = new MethodPredictions("ours", (Observation o) => [.. truth.Select((t, i) => !o.Contains(0) ? -t : o.Count > 1 && i is 1 or 4 or 7 ? -t : t)]);
        MethodPredictions[] baselines = [new("[red]worse", _ => [.. truth.Select(t => -t)]), new("alike", o => ours.For(o))];
        var protocols = new ProtocolEvaluator(truth, Names(modalities), new EvaluationOptions(), groups);
        return new RunEvaluationResult([new ReportFact("method", "ours")], protocols.Rows([ours, .. baselines]), protocols.Differences(ours, baselines), [], [])
        {
            Intervals = new IntervalUnits(10, 3),
            Effects = protocols.Effects(ours),
        };
    }

    private static string Printed(int width, Action<Terminal> print)
    {
        using var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.No, Interactive = InteractionSupport.No });
        console.Profile.Width = width;
        print(new Terminal(console, console, output));
        return output.ToString();
    }
}
