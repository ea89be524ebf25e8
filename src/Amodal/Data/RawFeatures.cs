namespace Amodal.Data;

/// <summary>The features of one modality in one split as a file has them, before they are checked.</summary>
/// <param name="Name">The modality.</param>
/// <param name="Place">Where in the file, for messages.</param>
/// <param name="Shape">(rows, width) or (rows, time, width).</param>
/// <param name="Values">All numbers, in C order.</param>
/// <param name="Lengths">Valid steps of each row, if the file gives them.</param>
internal sealed record RawFeatures(string Name, string Place, IReadOnlyList<int> Shape, float[] Values, double[]? Lengths);
