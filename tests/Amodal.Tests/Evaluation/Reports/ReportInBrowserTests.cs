using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Amodal.Evaluation.Reports;

namespace Amodal.Tests.Evaluation.Reports;

public sealed partial class ReportInBrowserTests : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    // The page in a frame as wide as a phone, which is looked at from outside: the page itself lets no other script run.
    private const string Frame = """
        <!DOCTYPE html><body><iframe id="frame" style="width: 390px; height: 800px; border: 0" src="report.html"></iframe><pre id="out"></pre><script>
        frame.onload = () => {
          const page = frame.contentDocument, table = page.querySelector('table.sort'), heading = table.tHead.rows[0].cells[1].firstChild;
          const sorted = () => { heading.click(); return Number(table.tBodies[0].rows[0].cells[1].getAttribute('data-v')); };
          const beside = [...page.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > 391 && !e.closest('.scroll, figure'));
          out.textContent = JSON.stringify({ width: page.documentElement.scrollWidth, least: sorted(), most: sorted(), beside: beside.map(e => e.outerHTML.slice(0, 80)) });
        };
        </script></body>
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("amodal-browser-").FullName;

    [Fact]
    public void The_page_fits_a_phone_and_its_table_sorts()
    {
        var browser = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(folder => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        Assert.SkipWhen(browser is null, "no Chromium on this machine; on Debian: apt-get install chromium");
        var data = MadeUpReport.Make();
        ReportWriter.Write(_folder, data);
        File.WriteAllText(Path.Combine(_folder, "frame.html"), Frame);

        var found = JsonDocument.Parse(Output(browser!)).RootElement;
        Assert.InRange(found.GetProperty("width").GetInt32(), 300, 390); // a bar to scroll by takes some
        Assert.Empty(found.GetProperty("beside").EnumerateArray().Select(e => e.GetString()));
        Assert.Equal(data.Utterances.Min(u => u.Truth), found.GetProperty("least").GetDouble(), 1e-4); // as many digits as the page sorts by
        Assert.Equal(data.Utterances.Max(u => u.Truth), found.GetProperty("most").GetDouble(), 1e-4);
    }

    private string Output(string browser)
    {
        using var process = Process.Start(new ProcessStartInfo(browser,
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--allow-file-access-from-files", $"--user-data-dir={Path.Combine(_folder, "profile")}",
            "--virtual-time-budget=10000", "--dump-dom", "file://" + Path.Combine(_folder, "frame.html"),
        ])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var dom = process.StandardOutput.ReadToEndAsync();
        var isDone = dom.Wait(_limit, TestContext.Current.CancellationToken);
        if (!isDone)
        {
            process.Kill(entireProcessTree: true);
        }

        Assert.True(isDone, "the browser did not answer in two minutes");
        return System.Net.WebUtility.HtmlDecode(OutPattern().Match(dom.Result).Groups[1].Value);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [GeneratedRegex("<pre id=\"out\">(.*?)</pre>", RegexOptions.Singleline)]
    private static partial Regex OutPattern();
}
