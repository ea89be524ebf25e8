namespace Amodal.Data.Inspection;

/// <summary>What is in a data set; plain data, ready for JSON.</summary>
/// <param name="Digest">SHA-256 over the content.</param>
/// <param name="Modalities">Names and sizes, in order.</param>
/// <param name="Notes">What the reader left out or made up.</param>
/// <param name="Oddities">What a user should look at before trusting a result, in sentences.</param>
internal sealed record DataReport(
    string Source,
    string Digest,
    IReadOnlyList<Modality> Modalities,
    IReadOnlyList<SplitReport> Splits,
    IReadOnlyList<string> Notes,
    IReadOnlyList<string> Oddities)
{
    /// <summary>What the labels are; null for a score.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Labels { get; init; }
}

/// <summary>One split.</summary>
/// <param name="Name">train, valid or test.</param>
/// <param name="Videos">Number of videos that the ids tell of; the number of utterances where they tell of none.</param>
/// <param name="Modalities">Its modalities, in the data set's order.</param>
internal sealed record SplitReport(string Name, int Count, int Videos, LabelReport Labels, IReadOnlyList<ModalityReport> Modalities);

/// <summary>The labels of a split.</summary>
/// <param name="StandardDeviation">Of the population (divided by n).</param>
/// <param name="Negative">Share below 0, in [0, 1].</param>
/// <param name="Zero">Share equal to 0.</param>
/// <param name="Positive">Share above 0.</param>
internal sealed record LabelReport(double Min, double Mean, double Max, double StandardDeviation, double Negative, double Zero, double Positive)
{
    /// <summary>Utterances of each class by name, where the labels are classes; null otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, int>? Classes { get; init; }
}

/// <summary>One modality in one split.</summary>
/// <param name="Shape">(rows, time, width).</param>
/// <param name="Min">The smallest finite number; 0 where there is none.</param>
/// <param name="Max">The largest finite number; 0 where there is none.</param>
/// <param name="NonFiniteReplaced">How many numbers are NaN or infinite.</param>
/// <param name="ConstantColumns">Features that are the same in every step that is not padding.</param>
/// <param name="AllZeroRows">Rows that hold nothing: zero throughout, or NaN.</param>
internal sealed record ModalityReport(
    string Name,
    IReadOnlyList<int> Shape,
    LengthReport Lengths,
    float Min,
    float Max,
    long NonFiniteReplaced,
    IReadOnlyList<int> ConstantColumns,
    int AllZeroRows,
    PaddingSide Padding);

/// <summary>The number of valid steps of a split's rows.</summary>
/// <param name="FromFile">Whether the file gives them; otherwise they are measured, from the first to the last step that is not all zero.</param>
internal sealed record LengthReport(bool FromFile, int Min, double Mean, int Max);

/// <summary>Where rows that are shorter than the array have their all-zero steps.</summary>
internal enum PaddingSide
{
    /// <summary>No row begins or ends with one.</summary>
    None,

    /// <summary>In front: rows are aligned to the right.</summary>
    Left,

    /// <summary>Behind: rows are aligned to the left.</summary>
    Right,

    /// <summary>Some rows so, some so.</summary>
    Mixed,
}
