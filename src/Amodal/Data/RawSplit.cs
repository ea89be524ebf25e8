namespace Amodal.Data;

/// <summary>A split as a file has it, before it is checked.</summary>
/// <param name="Name">train, valid or test.</param>
/// <param name="Ids">One text per row, or null when the file gives none.</param>
/// <param name="Labels">One number per row, or as many as a label has.</param>
/// <param name="Features">The modalities, in the file's order.</param>
/// <param name="RowName">What the file calls a row, for messages: given its number, "row 3" or "line 5".</param>
/// <param name="Groups">What each utterance was cut from, or null when the file does not say.</param>
internal sealed record RawSplit(
    string Name, string[]? Ids, float[] Labels, IReadOnlyList<RawFeatures> Features, Func<int, string> RowName, string[]? Groups = null)
{
    /// <summary>What was said in each row, or null when the file does not tell.</summary>
    public string[]? Transcripts { get; init; }

    /// <summary>Who speaks in each row, or null when the file does not tell.</summary>
    public string[]? Speakers { get; init; }

    /// <summary>Numbers of a label.</summary>
    public int LabelWidth { get; init; } = 1;

    /// <summary>Where labels are classes: what each row's is called, empty where it has none; they get their numbers when all splits are read.</summary>
    public IReadOnlyList<ClassLabel>? Classes { get; init; }

    /// <summary>Number of utterances.</summary>
    public int Rows => Labels.Length / LabelWidth;
}

/// <summary>A class as a file has it.</summary>
/// <param name="Text">Its name or number; empty for none.</param>
/// <param name="Name">The name that goes with a number; null where there is none.</param>
internal readonly record struct ClassLabel(string Text, string? Name = null);

/// <summary>The features of one modality in one split as a file has them, before they are checked.</summary>
/// <param name="Shape">(rows, width) or (rows, time, width).</param>
/// <param name="Values">All numbers, in C order.</param>
/// <param name="Lengths">Valid steps of each row, if the file gives them.</param>
internal sealed record RawFeatures(string Name, string Place, IReadOnlyList<int> Shape, float[] Values, double[]? Lengths);
