using Amodal.Evaluation;
using Amodal.Evaluation.Reports;
using Amodal.Randomness;

namespace Amodal.Tests.Evaluation.Reports;

/// <summary>A report of made-up numbers, with every part filled.</summary>
internal static class MadeUpReport
{
    public static readonly string[] Methods = ["majority", "zero-fill", "mean-fill", "modality dropout", "language only", "thesis-quality", "quality", "optimum"];
    private static readonly string[] _metrics =
        ["acc2_nonzero", "f1_nonzero_weighted", "f1_nonzero_macro", "acc2_has0", "f1_has0_weighted", "f1_has0_macro", "acc7", "acc5", "acc3", "mae", "corr"];

    public static ReportData Make(string acoustic = "acoustic", int utterances = 40)
    {
        var random = new StableRandom(1);
        string[] sets = ["language", acoustic, "vision", $"language+{acoustic}", "language+vision", $"{acoustic}+vision", $"language+{acoustic}+vision"];
        Estimate Some(double value) => new(value, value - 0.01 - (0.02 * random.NextDouble()), value + 0.01 + (0.02 * random.NextDouble()));
        Dictionary<string, Estimate> Metrics(int method) => _metrics.ToDictionary(m => m,
            m => Some(m == "mae" ? 1.4 - (0.1 * method) - (0.05 * random.NextDouble()) : 0.4 + (0.05 * method) + (0.08 * random.NextDouble())));
        return new ReportData
        {
            Title = "Amodal on generated data",
            Subtitle = "Made-up numbers for a test of the report",
            Facts = [new("method", "quality"), new("data", "synth.amodal"), new("digest", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"), new("seeds", "1 to 5"), new("version", "0.1.0"), new("machine", "2 cores")],
            Intervals = "95 % intervals over 83 videos, 686 utterances",
            Optimum = "optimum",
            Rows =
            [
                .. Methods.SelectMany((m, i) => sets.Concat(["average-incomplete", "average-all"]).Select(s => new ResultRow(m, "fixed", s, 400, Metrics(i)))),
                .. Methods.SelectMany((m, i) => new[] { "0.0", "0.3", "0.5", "0.7" }.Select(r => new ResultRow(m, "random", $"MR={r}", 2000, Metrics(i)))),
            ],
            Curves = [.. new[] { "1a classifier", "1b scores", "2 recovery" }.Select(s => new LearningCurve(s,
                [.. Enumerable.Range(1, 40).Select(e => new LearningCurvePoint(e, 0.4 + Math.Exp(-e / 8.0), 0.5 + Math.Exp(-e / 6.0) + (0.02 * random.NextDouble())))]))],
            NfeCurve = [.. new[] { "heun", "ddim", "euler-maruyama" }.SelectMany((m, i) => new[] { 4, 10, 20, 30, 60, 100 }.Select(n =>
                new NfePoint(m, n, new Dictionary<string, Estimate> { ["acc2_nonzero"] = Some(0.8 - (0.3 / n) - (0.02 * i)), ["mae"] = Some(0.7) }, 0.9, 0.2 * n)))],
            Differences = [new("quality", "modality dropout", "average-incomplete", "acc2_nonzero", new(0.021, 0.004, 0.039)), new("quality", "zero-fill", "MR=0.5", "mae", new(-0.013, -0.03, 0.005))],
            Effects = [.. sets.Take(3).SelectMany((m, i) => new[]
            {
                new ModalityEffect("quality", m, ModalityEffect.Lost, null, "acc2_nonzero", new(0.2 - (0.1 * i), 0.15 - (0.1 * i), 0.25 - (0.1 * i))),
                new ModalityEffect("quality", m, ModalityEffect.Alone, null, "acc2_nonzero", new(0.02 + (0.1 * i), -0.01 + (0.1 * i), 0.05 + (0.1 * i))),
            })],
            Utterances = [.. Enumerable.Range(0, utterances).Select(i =>
            {
                var truth = (6 * random.NextDouble()) - 3;
                var complete = (0.7 * truth) + random.NextDouble() - 0.5;
                double[] without = [0.2 * truth, complete + 0.1, complete - 0.2];
                return new UtteranceResult($"-v{i / 8}[{i % 8}]", truth, complete, without.Average(), without.Min(), without.Max(), without) { Transcript = i % 3 == 0 ? $"it was <quite> good & {i}" : "not my film" };
            })],
            LatentRecovery = [.. sets.Take(3).SelectMany(m => sets.Take(3).Where(o => o != m).Select(o => new LatentRecoveryRow("quality", m, o, 0.5 + random.NextDouble(), random.NextDouble(), 0.5, 0.5, 1)))],
            Notes = ["Language carries most of the label.", "The optimum is known in closed form."],
        };
    }
}
