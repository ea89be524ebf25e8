namespace Amodal.Data;

/// <summary>What of a data set decides how long a table takes.</summary>
/// <param name="Modalities">Names, lengths and widths.</param>
/// <param name="Train">Training utterances.</param>
/// <param name="Valid">Validation utterances.</param>
/// <param name="Test">Test utterances.</param>
public sealed record DataShape(IReadOnlyList<Modality> Modalities, int Train, int Valid, int Test)
{
    /// <summary>CMU-MOSI as MMSA's aligned file has it.</summary>
    public static DataShape Mosi { get; } = new([new("text", 50, 768), new("audio", 50, 5), new("vision", 50, 20)], 1284, 229, 686);

    /// <summary>That of a data set.</summary>
    public static DataShape Of(DataSet data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return new DataShape(data.Modalities, data["train"].Count, data["valid"].Count, data["test"].Count);
    }
}
