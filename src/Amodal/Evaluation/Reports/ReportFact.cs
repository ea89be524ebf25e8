namespace Amodal.Evaluation.Reports;

/// <summary>One fact about a run: the data file, its digest, the seeds, the version, the machine.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">The fact.</param>
public sealed record ReportFact(string Name, string Value);
