namespace Amodal.Data.Inspection;

/// <summary>One modality in one split.</summary>
/// <param name="Name">The modality.</param>
/// <param name="Shape">(rows, time, width).</param>
/// <param name="Lengths">Valid steps of the rows.</param>
/// <param name="Min">The smallest finite number; 0 where there is none.</param>
/// <param name="Max">The largest finite number; 0 where there is none.</param>
/// <param name="NonFiniteReplaced">How many numbers are NaN or infinite.</param>
/// <param name="ConstantColumns">Features that are the same in every step that is not padding.</param>
/// <param name="AllZeroRows">Rows that hold nothing: zero throughout, or NaN.</param>
/// <param name="Padding">Where all-zero steps stand.</param>
public sealed record ModalityReport(
    string Name,
    IReadOnlyList<int> Shape,
    LengthReport Lengths,
    float Min,
    float Max,
    long NonFiniteReplaced,
    IReadOnlyList<int> ConstantColumns,
    int AllZeroRows,
    PaddingSide Padding);
