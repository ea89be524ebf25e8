using System.Buffers.Binary;
using System.Net;
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
        Assert.DoesNotMatch("https?://|//[a-z]|@import|url\\(|<script|<link|<iframe|<object|src=", html);
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
            NfeCurve = [new(Hostile, 3, new(0.5, 0.4, 0.6), new(1, 1, 1), 1, 1)],
            Differences = [new(Hostile, Hostile, Hostile, Hostile, new(1, 1, 1))],
            LatentRecovery = [new(Hostile, Hostile, Hostile, 1, 1, 1, 1, 1)],
        });
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("\"<", html.Replace("\"&lt;", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains(WebUtility.HtmlEncode(Hostile), html, StringComparison.Ordinal);
        Assert.All(Directory.GetFiles(_folder), f => Assert.Matches("^[a-z0-9-]+\\.(png|html)$", Path.GetFileName(f)));
    }

    [Fact]
    public void Pictures_are_png_files_of_the_stated_size_with_something_drawn()
    {
        var written = ReportWriter.Write(_folder, MadeUpReport.Make());
        Assert.Equal(Path.Combine(_folder, "report.html"), written[0]);
        Assert.Equal(["acc2-by-pattern.png", "acc2-by-missing-rate.png", "acc2-by-nfe.png", "learning-1-1a-classifier.png", "learning-2-1b-scores.png", "learning-3-2-recovery.png"],
            written.Skip(1).Select(Path.GetFileName));
        Assert.Equal(written.Order(), Directory.GetFiles(_folder).Order());
        foreach (var path in written.Skip(1))
        {
            var png = File.ReadAllBytes(path);
            Assert.Equal([0x89, .. "PNG\r\n"u8, 0x1A, 0x0A], png[..8]);
            var (width, height) = (BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20)));
            Assert.Equal(path.Contains("learning", StringComparison.Ordinal) ? (960, 640) : (1920, 960), (width, height));
            // An empty picture of these sizes takes some 6 kB (960 x 640) to 12 kB.
            Assert.InRange(png.Length, 10_000, 1_000_000);
        }
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
            NfeCurve = [new("m", 10, nan, nan, double.NaN, double.NaN), new("m", 20, new(0.5, 0.5, 0.5), nan, 1, 1)],
            Differences = [new("a", "b", "x", "unknown_metric", nan)],
            LatentRecovery = [new("a", "x", "y", double.NaN, double.NaN, double.NaN, double.NaN, double.NaN)],
        });
        Assert.Contains("n/a", html, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", html, StringComparison.Ordinal);
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
