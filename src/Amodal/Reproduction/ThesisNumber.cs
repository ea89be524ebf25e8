namespace Amodal.Reproduction;

/// <summary>One row of results that the thesis prints.</summary>
/// <param name="Table">Its table: "6.1", "6.9a".</param>
/// <param name="DataSet">MOSI or MOSEI.</param>
/// <param name="Protocol">"fixed" or "random".</param>
/// <param name="Case">"l+a", "average of six", "MR=0.3", "average".</param>
/// <param name="Method">The method, as our data file calls it.</param>
/// <param name="Metrics">By our metric's name, in the unit of our metrics: shares from 0 to 1.</param>
public sealed record ThesisNumber(
    string Table, string DataSet, string Protocol, string Case, string Method, IReadOnlyDictionary<string, double> Metrics);
