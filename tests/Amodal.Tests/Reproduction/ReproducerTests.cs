using Amodal.Data;
using Amodal.Reproduction;
using Amodal.Tests.Data;
using Amodal.Tests.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Reproduction;

/// <summary>A table made from end to end on tiny networks.</summary>
public sealed class ReproducerTests : IDisposable
{
    private const string Tiny = """
        base: demo
        thesis: "6.1, 6.7"
        protocol: all
        missingRates: 0.3, 0.5
        cases: l, a, l+a, average of six, MR=0.3, average
        timing: true
        reference: DDIM
        settings:
          latents: { channels: 4 }
          backbone: { width: 8, blocks: 1, heads: 2, mlpWidth: 8, timeWidth: 4 }
          sampler: { kind: ddim, nfe: 3 }
          alignment: { channels: 4, blocks: 1, reduction: 2 }
          fusion: { layers: 1, heads: 2 }
          classifier: { epochs: 1, batchSize: 8 }
          score: { epochs: 1, batchSize: 8 }
          stage2: { epochs: 1, batchSize: 8 }
        rows:
          DDIM: { thesis: DDIM 10 }
          Heun: { thesis: Heun 40, sampler: { kind: heun, nfe: 3 } }
          VE: { settings: { process: { kind: ve } } }
          IMDer: { thesis: IMDer (VE), thesisOnly: true }
        """;

    private static readonly Modality[] _modalities = [new("text", 5, 3), new("audio", 5, 3), new("vision", 5, 3)];
    private readonly TinyRun _data = new(TinyRun.TinyOptions, _modalities);
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _done = [];

    [Fact]
    public void A_table_is_trained_once_and_evaluated_once()
    {
        var result = Make(TablePlan.Parse("tiny", Tiny));
        Assert.Equal(2, Runs().Length);
        Assert.Single(_done, d => d.EndsWith(": classifier", StringComparison.Ordinal)); // the second run takes it over
        Assert.Equal(2, _done.Count(d => d.EndsWith(": score", StringComparison.Ordinal)));
        Assert.Equal(3, Measurements("evaluation").Length);

        // Three rows of ours with six cases, one of the thesis only with six less those it has no number of, five floors.
        Assert.Equal(3 * 6, result.Rows.Count(r => r.Part == ComparisonPart.Method));
        Assert.Equal(["text", "audio", "text+audio", "average-incomplete"], result.Rows.Where(r => r.Part == ComparisonPart.ThesisOnly).Select(r => r.Case));
        Assert.Equal(5 * 6, result.Rows.Count(r => r.Part == ComparisonPart.Floor));
        Assert.Equal(0.729, result.Rows.Single(r => r is { Label: "DDIM", Case: "average-incomplete" }).Cells[0].Thesis!.Value, 1e-9);
        Assert.NotEqual(Cell(result, "DDIM"), Cell(result, "Heun"));
        Assert.Equal(2, result.Tables.Count); // and what sampling costs

        _done.Clear();
        var again = Make(TablePlan.Parse("tiny", Tiny));
        Assert.Empty(_done);
        Assert.Equal(ReproductionFiles.ToCsv(result), ReproductionFiles.ToCsv(again));

        // Another table of the same content finds the runs under whatever name it calls its rows.
        Make(TablePlan.Parse("other", Tiny.Replace("VE:", "Another name:", StringComparison.Ordinal)));
        Assert.Equal(2, Runs().Length);
        Assert.Empty(_done);
        CheckFiles(result);
    }

    [Fact]
    public void A_stopped_one_goes_on_where_it_was()
    {
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Make(TablePlan.Parse("tiny", Tiny), stop: stop, at: ": recovery"));
        Assert.Empty(Directory.GetFiles(_folder.Name, "*.tmp", SearchOption.AllDirectories));
        _done.Clear();
        Make(TablePlan.Parse("tiny", Tiny));
        Assert.DoesNotContain(_done, d => d.EndsWith(": classifier", StringComparison.Ordinal)); // the first run had it
    }

    [Fact]
    public void Training_seeds_and_latents()
    {
        var plan = TablePlan.Parse("tiny", Tiny.Replace("base: demo", "kind: latents\nbase: demo", StringComparison.Ordinal)
            .Replace("timing: true", "timing: false", StringComparison.Ordinal));
        var result = Make(plan, trainingSeeds: 2);
        Assert.Equal(4, Runs().Length);
        Assert.Equal(3, result.Tables.Count);
        Assert.Equal(3, result.Tables[1].Rows.Count);
        Assert.Equal(3 * 9, result.Tables[2].Rows.Count); // each of three modalities from three sets
        Assert.All(result.Tables[2].Rows, r => Assert.All(r.Skip(3), c => Assert.NotEqual("n/a", c.Text)));
    }

    public void Dispose()
    {
        _data.Dispose();
        _folder.Dispose();
    }

    private ReproductionResult Make(TablePlan plan, int trainingSeeds = 1, CancellationTokenSource? stop = null, string? at = null) => Reproducer.Run(
        plan,
        new ReproductionOptions { DataFiles = [_data.DataFile], Folder = _folder.Name, MaskSeeds = 1, TrainingSeeds = trainingSeeds },
        CPU,
        (what, _) =>
        {
            if (!_done.Contains(what))
            {
                _done.Add(what);
            }

            if (at is not null && what.EndsWith(at, StringComparison.Ordinal))
            {
                stop!.Cancel();
            }
        },
        stop?.Token ?? default);

    private void CheckFiles(ReproductionResult result)
    {
        ReproductionFiles.Write(_folder.Name, result);
        var lines = File.ReadAllLines(Path.Combine(_folder.Name, "table.csv"));
        Assert.Equal("row,part,protocol,case,metric,value,low,high,thesis,difference,outside", lines[0]);
        Assert.Equal(1 + (3 * result.Rows.Count), lines.Length);
        Assert.Contains(lines, l => l.StartsWith("\"IMDer\",thesis-only,fixed,\"text\",acc2_nonzero,,,,0.848", StringComparison.Ordinal));
        Assert.Contains("Cost of sampling", File.ReadAllText(Path.Combine(_folder.Name, "table.md")), StringComparison.Ordinal);
        Assert.Contains("IMDer (thesis only)", File.ReadAllText(Path.Combine(_folder.Name, "report.html")), StringComparison.Ordinal);
        Assert.Contains("\"isOutside\"", File.ReadAllText(Path.Combine(_folder.Name, "table.json")), StringComparison.Ordinal);
    }

    private string[] Runs() => Directory.GetDirectories(Path.Combine(_folder.Name, "runs"));

    private string[] Measurements(string kind) => Directory.GetFiles(Path.Combine(_folder.Name, "measurements"), $"{kind}-*.json");

    private static double Cell(ReproductionResult result, string label) =>
        result.Rows.Single(r => r.Label == label && r.Case == "average-incomplete").Cells[^1].Ours!.Value;
}
