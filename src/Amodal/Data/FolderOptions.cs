namespace Amodal.Data;

/// <summary>How a folder of a table and .npy files is read.</summary>
public sealed record FolderOptions
{
    /// <summary>The table, a CSV file in the folder with one line per utterance and a line of names.</summary>
    [Required]
    public string Table { get; init; } = "utterances.csv";

    /// <summary>The column with the utterances' ids.</summary>
    [Required]
    public string IdColumn { get; init; } = "id";

    /// <summary>The column that says train, valid (or val, dev) or test; an utterance with nothing there is left out.</summary>
    [Required]
    public string SplitColumn { get; init; } = "split";

    /// <summary>The column with the labels.</summary>
    [Required]
    public string LabelColumn { get; init; } = "label";

    /// <summary>The column that says what an utterance was cut from, kept whole when a valid split or folds are drawn: by default <c>video</c> if there is one, else what the ids tell.</summary>
    public string? GroupColumn { get; init; }

    /// <summary>The modalities in order; when there are none, every float .npy or .npy.gz file of two or three dimensions with one row per line, in the order of their names, each named after its file.</summary>
    public IReadOnlyList<ModalityFile> Modalities { get; init; } = [];

    /// <summary>The share of train, 0 to 0.9, that becomes valid when the table has no valid utterances; 0 draws none.</summary>
    [Range(0, 0.9)]
    public double ValidShare { get; init; } = 0.15;

    /// <summary>The seed of that draw.</summary>
    public ulong ValidSeed { get; init; } = 1;
}
