using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Amodal.Evaluation;
using Amodal.Evaluation.Reports;

namespace Amodal.Tests.Evaluation.Reports;

public sealed partial class ReportWriterTests : IDisposable
{
    private const string Hostile = "</title><script>alert('x')</script>\"<img src=x onerror=y>";
    private readonly string _folder = Directory.CreateTempSubdirectory("amodal-report-").FullName;

    [Fact]
    public void The_page_needs_nothing_from_elsewhere_and_is_well_formed()
    {
        var html = Write(MadeUpReport.Make());
        Assert.DoesNotMatch("https?://|//[a-z]|@import|url\\(|<link|<iframe|<object|src=", html);
        OnlyOurScriptRuns(html);
        // Every element is closed in order; the few void ones need no end.
        var open = new Stack<string>();
        foreach (Match tag in TagPattern().Matches(html[html.IndexOf("<html", StringComparison.Ordinal)..]))
        {
            var name = tag.Groups["name"].Value;
            if (tag.Groups["end"].Length > 0)
            {
                Assert.Equal(open.Pop(), name);
            }
            else if (name is not ("meta" or "wbr") && tag.Groups["self"].Length == 0)
            {
                open.Push(name);
            }
        }

        Assert.Empty(open);
    }

    [Fact]
    public void Every_number_of_every_row_is_on_the_page()
    {
        var data = MadeUpReport.Make();
        var html = Write(data);
        var all = html[html.IndexOf("All rows and metrics", StringComparison.Ordinal)..];
        var lines = all.Split("<tr>").Skip(1).ToList();
        Assert.Equal(data.Rows.Count + 1, lines.Count); // and the head
        foreach (var (row, line) in data.Rows.Zip(lines.Skip(1)))
        {
            Assert.Contains($">{row.Method}<", line, StringComparison.Ordinal);
            Assert.Contains($">{row.Case}<", line, StringComparison.Ordinal);
            foreach (var (metric, e) in row.Metrics)
            {
                Assert.Contains(Cell(metric, e), line, StringComparison.Ordinal);
            }
        }

        foreach (var row in data.Rows)
        {
            Assert.Contains(Cell("acc2_nonzero", row.Metrics["acc2_nonzero"]), html[..^all.Length], StringComparison.Ordinal);
        }

        Assert.Contains("average of 6 (incomplete)", html, StringComparison.Ordinal);
        Assert.Contains("average of 7 (all)", html, StringComparison.Ordinal);
        Assert.Contains("+2.1<small>+0.4 to +3.9</small>", html, StringComparison.Ordinal);
        Assert.Contains("\u22120.013<small>\u22120.030 to +0.005</small>", html, StringComparison.Ordinal);
        foreach (var text in data.Facts.Select(f => f.Value).Concat(data.Notes).Concat(data.Curves.Select(c => c.Stage)).Append(data.Title).Append(data.Subtitle))
        {
            Assert.Contains($">{text}<", html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Names_from_files_are_text_wherever_they_stand()
    {
        var made = MadeUpReport.Make(Hostile);
        var html = Write(made with
        {
            Title = Hostile,
            Subtitle = Hostile,
            Optimum = Hostile,
            Facts = [new(Hostile, Hostile)],
            Notes = [Hostile],
            Rows = [.. made.Rows, new(Hostile, Hostile, Hostile, 1, new Dictionary<string, Estimate> { [Hostile] = new(1, 1, 1) })],
            Curves = [new(Hostile, made.Curves[0].Points), new("../../up", made.Curves[0].Points)],
            NfeCurve = [Point(Hostile, 3, new(0.5, 0.4, 0.6), new(1, 1, 1))],
            Differences = [new(Hostile, Hostile, Hostile, Hostile, new(1, 1, 1))],
            Effects = [new(Hostile, Hostile, ModalityEffect.Lost, null, "mae", new(1, 1, 1)), new(Hostile, Hostile, ModalityEffect.Alone, null, "mae", new(1, 1, 1))],
            Utterances = [new(Hostile, 1, 1, 1, 1, 1, [1]) { Transcript = Hostile }],
            LatentRecovery = [new(Hostile, Hostile, Hostile, 1, 1, 1, 1, 1)],
        });
        OnlyOurScriptRuns(html);
        Assert.DoesNotContain("<img", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("\"<", html.Replace("\"&lt;", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains(WebUtility.HtmlEncode(Hostile), html, StringComparison.Ordinal);
        Assert.All(Directory.GetFiles(_folder), f => Assert.Matches("^[a-z0-9-]+\\.(png|html|md|tex|csv)$", Path.GetFileName(f)));
    }

    [Fact]
    public void Pictures_are_png_files_of_the_stated_size_with_something_drawn()
    {
        var written = ReportWriter.Write(_folder, MadeUpReport.Make());
        Assert.Equal(Path.Combine(_folder, "report.html"), written[0]);
        Assert.Equal(["by-observed-set.png", "by-missing-rate.png", "by-nfe.png", "predictions-complete.png", "predictions-incomplete.png", "calibration.png", "learning-1-1a-classifier.png", "learning-2-1b-scores.png", "learning-3-2-recovery.png"],
            written.Skip(1).Select(Path.GetFileName).Where(n => n!.EndsWith(".png", StringComparison.Ordinal)));
        Assert.Equal(["tables.md", "tables.tex", "tables.csv", "utterances.csv"], written.Skip(10).Select(Path.GetFileName));
        Assert.Equal(written.Order(), Directory.GetFiles(_folder).Order());
        foreach (var path in written.Skip(1).Take(9))
        {
            var png = File.ReadAllBytes(path);
            Assert.Equal([0x89, .. "PNG\r\n"u8, 0x1A, 0x0A], png[..8]);
            var (width, height) = (BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20)));
            Assert.Equal(Path.GetFileName(path).StartsWith("by-", StringComparison.Ordinal) ? (1920, 960) : (960, 640), (width, height));
            // An empty picture of these sizes takes some 6 kB (960 x 640) to 12 kB.
            Assert.InRange(png.Length, 10_000, 1_000_000);
        }
    }

    [Fact]
    public void Differences_say_by_colour_and_sign_what_is_a_gain_a_loss_or_chance()
    {
        var html = Write(new ReportData
        {
            Differences =
            [
                new("a", "b", "text", "acc2_nonzero", new(0.05, 0.01, 0.09)), new("a", "b", "audio", "acc2_nonzero", new(-0.05, -0.09, -0.01)),
                new("a", "b", "vision", "acc2_nonzero", new(0.05, -0.01, 0.09)), new("a", "b", "text", "mae", new(-0.05, -0.09, -0.01)),
            ],
        });
        Assert.Contains("<td class=\"gain\">▲ +5.0<small>+1.0 to +9.0</small></td>", html, StringComparison.Ordinal);
        Assert.Contains("<td class=\"loss\">▼ \u22125.0<small>", html, StringComparison.Ordinal);
        Assert.Contains("<td class=\"chance\">≈ +5.0<small>", html, StringComparison.Ordinal);
        Assert.Contains("<td class=\"gain\">▲ \u22120.050<small>", html, StringComparison.Ordinal); // less error is a gain
    }

    [Fact]
    public void The_summary_stands_first_with_its_unit_and_the_notes_of_the_data()
    {
        var data = MadeUpReport.Make();
        var html = Write(data);
        var places = new[] { data.Summary!.Lines[0], data.Summary.Verdict, data.Notes[0], "What was evaluated", "Fixed protocol", "Paired differences", "Single utterances", "Glossary" }
            .Select(t => html.IndexOf(WebUtility.HtmlEncode(t), StringComparison.Ordinal)).ToList();
        Assert.All(places, p => Assert.True(p > 0));
        Assert.Equal(places.Order(), places);
        Assert.Contains("over 83 videos, 686 utterances", data.Summary.Lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Many_utterances_leave_the_page_small_and_stand_in_the_file()
    {
        var data = MadeUpReport.Make(utterances: 5000);
        var html = Write(data);
        Assert.InRange(html.Length, 100_000, 1_500_000);
        Assert.Contains("The 400 of 5000 with the largest errors", html, StringComparison.Ordinal);
        var lines = File.ReadAllLines(Path.Combine(_folder, "utterances.csv"));
        Assert.Equal(5001, lines.Length);
        Assert.Equal("id,truth,complete,incomplete_mean,incomplete_low,incomplete_high,without language,without acoustic,without vision,transcript", lines[0]);
        Assert.StartsWith("'-v0[0],", lines[1], StringComparison.Ordinal); // an id that a spreadsheet would take for a formula
    }

    [Fact]
    public void A_method_has_one_colour_in_every_chart()
    {
        var data = MadeUpReport.Make() with { NfeCurve = [.. MadeUpReport.Make().NfeCurve.Select(p => p with { Method = $"quality ({p.Method})" })] };
        var colour = ChartBuilder.Colours(data)["quality"];
        Chart?[] charts = [ChartBuilder.ByObservedSet(data), ChartBuilder.ByMissingRate(data), ChartBuilder.ByNfe(data), .. UtteranceCharts.Of(data)];
        Assert.All(charts, c => Assert.Contains(c!.Series, s => s.Colour == colour));
        Assert.All(charts.SelectMany(c => c!.Series).Where(s => s.Name.StartsWith("quality", StringComparison.Ordinal)), s => Assert.Equal(colour, s.Colour));
        // A loss is no method, and has none of their colours.
        Assert.All(ChartBuilder.LearningCurves(data).SelectMany(c => c.Series), s => Assert.True(s.Colour < 0));
        // A baseline has its colour whatever stands beside it.
        Assert.Equal(MethodColours.Of(["a", "b", "dropout-trained"])["dropout-trained"], MethodColours.Of(["dropout-trained", "c"])["dropout-trained"]);
        Assert.Equal(MethodColours.Of(["language-only (text)"]).Values, MethodColours.Of(["language-only"]).Values);
    }

    [Fact]
    public void Classes_have_tables_of_which_is_taken_for_which()
    {
        var data = new ReportData
        {
            Rows = [new("a", "fixed", "text", 8, new Dictionary<string, Estimate> { ["accuracy"] = new(0.5, 0.4, 0.6) })],
            Confusions = [new("a", null, ProtocolEvaluator.AverageIncomplete, ["<sad>", "glad"], [[3, 1], [0.5, 1.5]]), new("a", "mood", "text", ["no", "yes"], [[0, 0], [0, 2]])],
        };
        var html = Write(data);
        Assert.Contains("Confusion, mean over incomplete sets", html, StringComparison.Ordinal);
        Assert.Contains("<th scope=\"row\">&lt;sad&gt;</th><td class=\"heat right\" style=\"--w: 0.75\">3<small>75 %</small></td><td class=\"heat\" style=\"--w: 0.25\">1<small>25 %</small></td>", html, StringComparison.Ordinal);
        Assert.Contains("Confusion, mood, observed text", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<sad>", html, StringComparison.Ordinal);

        var markdown = TableFile.Render(ResultTables.Of(data), TableFormat.Markdown);
        Assert.Contains("Confusion of classes: a, mean over incomplete sets", markdown, StringComparison.Ordinal);
        Assert.Contains("| glad | 0.5 (25 %) | 1.5 (75 %) |", markdown, StringComparison.Ordinal);
        var csv = TableFile.Render(ResultTables.Of(data), TableFormat.Csv);
        Assert.Contains("\"Confusion of classes of mood: a, observed text\",yes,yes,2,,", csv, StringComparison.Ordinal);
    }

    [Fact]
    public void Confusion_counts_every_utterance_once()
    {
        UtteranceResult[] rows = [Utterance(-2.6, -3), Utterance(-2.6, 0.2), Utterance(1, 0.9), Utterance(3, 9)];
        var (classes, counts) = UtteranceCharts.Confusion(rows, u => u.Complete);
        Assert.Equal(["\u22123", "\u22122", "\u22121", "0", "+1", "+2", "+3"], classes);
        Assert.Equal((1, 1, 1, 1, 4), (counts[0][0], counts[0][3], counts[4][4], counts[6][6], counts.Sum(row => row.Sum())));
        Assert.Equal(3, UtteranceCharts.Confusion([Utterance(0.4, 1)], u => u.Complete).Classes.Count);

        static UtteranceResult Utterance(double truth, double prediction) => new("u", truth, prediction, 0, 0, 0, []);
    }

    [Fact]
    public void Writing_again_replaces_and_leaves_nothing_else()
    {
        Write(MadeUpReport.Make());
        var before = Directory.GetFiles(_folder).Length;
        Assert.Contains("<h1>Second</h1>", Write(MadeUpReport.Make() with { Title = "Second" }), StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFiles(_folder).Length);
    }

    [Fact]
    public void A_disk_that_fills_keeps_the_old_page()
    {
        using var disk = Files.TinyDisk.MountOrSkip("64k");
        ReportWriter.Write(disk.Folder, new ReportData { Title = "Old" });
        var refused = Assert.Throws<InputException>(() => ReportWriter.Write(disk.Folder, MadeUpReport.Make()));
        Assert.Contains("no space left", refused.Message, StringComparison.Ordinal);
        Assert.Contains("<h1>Old</h1>", File.ReadAllText(Path.Combine(disk.Folder, "report.html")), StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.GetFileSystemEntries(disk.Folder), f => f.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void Results_are_kept_where_the_report_on_them_fails()
    {
        var folder = Path.Combine(_folder, "report");
        static Action<string> Results(string text) => made => File.WriteAllText(Path.Combine(made, "results.json"), text);
        static ReportData Fails() => throw new InvalidDataException("the page of a fault");
        string Read(string place) => File.ReadAllText(Path.Combine(_folder, place));

        var failure = ReportWriter.WriteWithResults(folder, Results("first"), Fails)!;
        Assert.Contains("the page of a fault. The results are whole, in ", failure.Message, StringComparison.Ordinal);
        Assert.IsType<InvalidOperationException>(failure); // a fault of the program, not of what it was given
        Assert.Equal(["results.json"], Directory.GetFileSystemEntries(folder).Select(Path.GetFileName));

        Assert.Null(ReportWriter.WriteWithResults(folder, Results("second"), () => new ReportData { Title = "Second" }));
        Assert.Equal("second", Read("report/results.json"));

        // An older page keeps its own results.
        Assert.Contains("report-unfinished", ReportWriter.WriteWithResults(folder, Results("third"), Fails)!.Message, StringComparison.Ordinal);
        Assert.Equal(("second", "third"), (Read("report/results.json"), Read("report-unfinished/results.json")));
        Assert.Contains("<h1>Second</h1>", Read("report/report.html"), StringComparison.Ordinal);
        Assert.Equal(["results.json"], Directory.GetFileSystemEntries(folder + "-unfinished").Select(Path.GetFileName));

        // A folder that cannot be written loses no results either.
        var file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "of the user");
        Assert.IsType<InputException>(ReportWriter.WriteWithResults(file, Results("fourth"), () => new ReportData()));
        Assert.Equal(("of the user", "fourth"), (Read("file"), Read("file-unfinished/results.json")));
        Assert.Contains("no results", Assert.Throws<InputException>(() => ReportWriter.WriteWithResults(folder, _ => throw new InputException("x", null, "no results"), Fails)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_keeps_the_results()
    {
        using var disk = Files.TinyDisk.MountOrSkip("64k");
        var failure = ReportWriter.WriteWithResults(Path.Combine(disk.Folder, "report"), made => File.WriteAllText(Path.Combine(made, "results.json"), "whole"), () => MadeUpReport.Make());
        Assert.Contains("no space left", Assert.IsType<InputException>(failure).Message, StringComparison.Ordinal);
        Assert.Equal("whole", File.ReadAllText(Path.Combine(disk.Folder, "report/results.json")));
    }

    [Fact]
    public void An_interval_that_is_not_there_is_a_dash_an_empty_cell_or_null()
    {
        Estimate Single(double value) => new(value, double.NaN, double.NaN);
        ResultRow Row(string method, double value) => new(method, "fixed", "x", 1, new Dictionary<string, Estimate> { ["mae"] = Single(value) });
        var data = new ReportData
        {
            Rows = [Row("a", 0.25), Row("b", 0.75)],
            Differences = [new("a", "b", ProtocolEvaluator.AverageIncomplete, "mae", Single(-0.5))],
            NfeCurve = [Point("a", 10, Single(0.5), Single(0.25))],
        };
        var html = Write(data);
        Assert.Contains("<td class=\"\">0.250<small>\u2013</small></td>", html, StringComparison.Ordinal); // nor marked as the best
        Assert.Contains("<td>\u22120.500<small>\u2013</small></td>", html, StringComparison.Ordinal); // neither gain nor chance
        Assert.DoesNotContain("n/a", html, StringComparison.Ordinal);
        string Tables(string extension) => File.ReadAllText(Path.Combine(_folder, ReportWriter.TablesName + extension));
        Assert.Contains("0.250 (\u2013)", Tables(".md"), StringComparison.Ordinal);
        Assert.Contains("0.250 {\\footnotesize (--)}", Tables(".tex"), StringComparison.Ordinal);
        Assert.Contains(",0.25,,", Tables(".csv"), StringComparison.Ordinal);
        Assert.DoesNotContain(Amodal.Evaluation.Reports.ResultTables.Of(data).SelectMany(t => t.Rows.SelectMany(r => r)), c => c.IsMarked || c.Low is not null);
        Assert.Contains("\"low\": null", Amodal.Configuration.JsonFile.ToText(data.Rows), StringComparison.Ordinal);
    }

    [Fact]
    public void Anything_may_be_absent_or_not_a_number()
    {
        Assert.Contains("<h1>Amodal</h1>", Write(new ReportData()), StringComparison.Ordinal);
        var nan = new Estimate(double.NaN, double.NaN, double.NaN);
        var html = Write(new ReportData
        {
            Rows =
            [
                new("a", "fixed", "x", 3, new Dictionary<string, Estimate> { ["acc2_nonzero"] = nan, ["mae"] = new(0.5, 0.5, 0.5) }),
                new("b", "fixed", "y", 3, new Dictionary<string, Estimate> { ["acc2_nonzero"] = new(0.5, double.NaN, double.NaN) }),
                new("b", "random", "MR=0.0", 0, new Dictionary<string, Estimate>()),
            ],
            Curves = [new("flat", [new(1, 1, double.NaN)]), new("none", []), new("diverged", [new(1, 1e300, double.PositiveInfinity), new(2, 1e29, -1e29)])],
            NfeCurve = [Point("m", 10, nan, nan, double.NaN), Point("m", 20, new(0.5, 0.5, 0.5), nan)],
            Differences = [new("a", "b", "x", "unknown_metric", nan)],
            LatentRecovery = [new("a", "x", "y", double.NaN, double.NaN, double.NaN, double.NaN, double.NaN)],
        });
        Assert.Contains("n/a", html, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", html, StringComparison.Ordinal);
    }

    /// <summary>One script at most, and it is the one that the policy lets run.</summary>
    private static NfePoint Point(string method, int nfe, Estimate accuracy, Estimate error, double rest = 1) =>
        new(method, nfe, new Dictionary<string, Estimate> { ["acc2_nonzero"] = accuracy, ["mae"] = error }, rest, rest);

    private static void OnlyOurScriptRuns(string html)
    {
        var scripts = html.Split("<script>")[1..];
        Assert.Equal(scripts.Length, html.Split("<script", StringSplitOptions.None).Length - 1);
        var ours = Assert.Single(scripts).Split("</script>")[0];
        Assert.Contains($"script-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(ours)))}'", html, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", html, StringComparison.Ordinal);
    }

    private static string Cell(string metric, Estimate e)
    {
        string V(double v) => metric is "mae" or "corr" ? FormattableString.Invariant($"{v:0.000}") : FormattableString.Invariant($"{100 * v:0.0}");
        return $">{V(e.Value)}<small>{V(e.Low)} to {V(e.High)}</small>";
    }

    private string Write(ReportData data)
    {
        ReportWriter.Write(_folder, data);
        return File.ReadAllText(Path.Combine(_folder, "report.html"));
    }

    [GeneratedRegex("<(?<end>/)?(?<name>[a-zA-Z][a-z0-9]*)(\\s[^<>\"/]*(\"[^\"]*\"[^<>\"/]*)*)?(?<self>/)?>")]
    private static partial Regex TagPattern();

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
