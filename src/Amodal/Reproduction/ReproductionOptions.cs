namespace Amodal.Reproduction;

/// <summary>On what, how often and where to a table is reproduced.</summary>
public sealed record ReproductionOptions
{
    /// <summary>Data files; several are the folds of one experiment, whose test utterances are pooled.</summary>
    public required IReadOnlyList<string> DataFiles { get; init; }

    /// <summary>The folder for runs, evaluations and tables; tables share what is in it.</summary>
    public required string Folder { get; init; }

    /// <summary>Mask draws per missing rate: what the thesis repeats five times.</summary>
    public int MaskSeeds { get; init; } = 5;

    /// <summary>Trainings of every run, with the configuration's seed and those after it.</summary>
    public int TrainingSeeds { get; init; } = 1;

    /// <summary>Whose numbers of the thesis ours are set beside, MOSI or MOSEI; null takes what the data files' names say, else MOSI.</summary>
    public string? ThesisData { get; init; }
}
