using System.Buffers.Binary;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Amodal.Evaluation.Distances;
using Amodal.Evaluation.Embedding;
using Amodal.Evaluation.Reports;

namespace Amodal.Tests.Evaluation.Reports;

public sealed class LatentFigureTests : IDisposable
{
    private const string Hostile = "</title><script>alert('x')</script>\"<img>";
    private readonly string _folder = Directory.CreateTempSubdirectory("amodal-figure-").FullName;

    [Fact]
    public void The_report_holds_the_figure_and_its_numbers_and_the_pictures_stand_beside_it()
    {
        var figure = Figure(("ddim", true), ("ddim", true), ("heun", true));
        var written = ReportWriter.Write(_folder, new ReportData { LatentFigures = [figure] });
        Assert.Equal(["report.html", "fig.png", "fig.svg"], written.Select(Path.GetFileName));

        var html = File.ReadAllText(written[0]);
        Assert.DoesNotMatch("https?://|<script|<img|<link", html);
        Assert.Contains("0.123<small>chance 0.045</small>", html, StringComparison.Ordinal);
        Assert.Equal(1 + (3 * 2), Regex.Count(html, "<tr")); // a head; three panels of two modalities
        Assert.DoesNotContain("95 %", html, StringComparison.Ordinal); // there are no intervals to explain

        var png = File.ReadAllBytes(written[1]);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], png[..4]);
        var (width, height) = LatentFigureDrawing.Size(figure);
        Assert.Equal(Math.Ceiling(2 * width), BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)));
        Assert.Equal(Math.Ceiling(2 * height), BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20)));
    }

    [Fact]
    public void The_svg_has_a_mark_for_every_latent_within_its_panel()
    {
        var figure = Figure(("ddim", true), ("ddim", true));
        ReportWriter.Write(_folder, new ReportData { LatentFigures = [figure] });
        var svg = XDocument.Load(Path.Combine(_folder, "fig.svg")).Root!;
        var frames = svg.Elements().Where(e => e.Name.LocalName == "rect" && e.Attribute("stroke") is not null).ToList();
        Assert.Equal(2, frames.Count);
        var paths = svg.Elements().Where(e => e.Name.LocalName == "path").Select(e => (string)e.Attribute("d")!).ToList();
        var marks = paths.Where(d => Regex.Count(d, "M") > 1).SelectMany(d => Regex.Matches(d, @"M(-?[\d.]+) (-?[\d.]+)")).ToList(); // legends have one mark each
        Assert.Equal(2 * 2 * (3 + 3), marks.Count);
        Assert.All(marks, mark => Assert.Contains(frames, f => Inside(f, mark)));

        static bool Inside(XElement frame, Match mark)
        {
            double N(string name) => double.Parse((string)frame.Attribute(name)!, System.Globalization.CultureInfo.InvariantCulture);
            double At(int group) => double.Parse(mark.Groups[group].Value, System.Globalization.CultureInfo.InvariantCulture);
            return At(1) >= N("x") && At(1) <= N("x") + N("width") && At(2) >= N("y") && At(2) <= N("y") + N("height");
        }
    }

    [Fact]
    public void Names_from_outside_do_no_harm()
    {
        var figure = Figure(("ddim", true)) with { Title = Hostile };
        figure = figure with { Panels = [figure.Panels[0] with { Label = Hostile, Sampler = Hostile, Modalities = [figure.Panels[0].Modalities[0] with { Name = Hostile }] }] };
        ReportWriter.Write(_folder, new ReportData { LatentFigures = [figure] });
        Assert.DoesNotContain("<script", File.ReadAllText(Path.Combine(_folder, "report.html")), StringComparison.Ordinal);
        Assert.NotNull(XDocument.Load(Path.Combine(_folder, "fig.svg")).Root);
    }

    [Fact]
    public void Panels_of_one_sampler_share_a_row_and_those_without_the_decoder_have_their_own()
    {
        // Figure 6.2 is a row per sampler, figure 6.1 a row with and one without the decoder, single samplers share one.
        Assert.Equal([3, 3], Rows(("em", true), ("em", true), ("em", true), ("pc", true), ("pc", true), ("pc", true)));
        Assert.Equal([4, 4], Rows([.. Enumerable.Repeat(("ddim", true), 4), .. Enumerable.Repeat(("ddim", false), 4)]));
        Assert.Equal([3, 1], Rows(("em", true), ("heun", true), ("ddim", true), ("ddim", false)));
        Assert.Equal([4, 2], Rows([.. Enumerable.Repeat(("ddim", true), 6)]));

        static IEnumerable<int> Rows(params (string, bool)[] panels) => Figure(panels).Rows(4).Select(r => r.Count);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static LatentFigure Figure(params (string Sampler, bool Aligned)[] panels)
    {
        var distances = new LatentDistances(0.123, 0.045, double.NaN, 0.5, 0.1, 0.4);
        PanelModality Modality(string name, float at) => new(name, distances, new PlanePoints([at, at + 1, at + 2], [0, 5, -5]), new PlanePoints([at, at - 1, at - 2], [0, 5, -7]));
        return new LatentFigure("fig", "text and sound recovered from face", [.. panels.Select((p, i) =>
            new LatentPanel($"panel {i}", p.Sampler, 10, p.Aligned, 1.5, [Modality("text", 0), Modality("sound", 20)]))]);
    }
}
