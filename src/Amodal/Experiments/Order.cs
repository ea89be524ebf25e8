namespace Amodal.Experiments;

/// <summary>On what, how often and where to an experiment is made.</summary>
internal sealed record ExperimentRequest
{
    /// <summary>Data files; several are the folds of one experiment, whose test utterances are pooled.</summary>
    public required IReadOnlyList<string> DataFiles { get; init; }

    /// <summary>The folder for runs, predictions, measurements and tables; experiments share what is in it.</summary>
    public required string Folder { get; init; }

    /// <summary>Mask draws per missing rate: what the thesis repeats five times.</summary>
    public int MaskSeeds { get; init; } = 5;

    /// <summary>Trainings of every run, with the configuration's seed and those after it.</summary>
    public int TrainingSeeds { get; init; } = 1;

    /// <summary>Whose numbers of the thesis ours are set beside, MOSI or MOSEI; null takes what the data files' names say, else MOSI.</summary>
    public string? ThesisData { get; init; }

    /// <summary>The row that the others are compared with in pairs: a row, a baseline or the optimum; null takes the declaration's.</summary>
    public string? Against { get; init; }

    /// <summary>Settings tried for every row, chosen on validation; 0 or 1 takes them as they are.</summary>
    public int Trials { get; init; }

    /// <summary>Whether a row that cannot be made on the data ends the experiment before anything is trained; else it is left out with a note.</summary>
    public bool MustFit { get; init; }

    /// <summary>Which of several tasks this is, from 1, and of how many; each does its share of the jobs.</summary>
    public (int Task, int Count) Share { get; init; } = (1, 1);
}

/// <summary>An experiment that is to be made, with the means: what the makers of tables have in hand.</summary>
/// <param name="Request">On what, how often and where to.</param>
/// <param name="Data">One per fold.</param>
internal sealed record Order(Plan Plan, ExperimentRequest Request, IReadOnlyList<DataSet> Data, Workshop Workshop)
{
    /// <summary>The modalities' names.</summary>
    public IReadOnlyList<string> Modalities => [.. Data[0].Modalities.Select(m => m.Name)];

    /// <summary>What tuning chose for a row on a fold; empty where nothing was tuned.</summary>
    public IReadOnlyDictionary<(PlannedRow Row, int Fold), ExperimentOptions> Tuned { get; init; } = new Dictionary<(PlannedRow, int), ExperimentOptions>();

    /// <summary>The same as it is told.</summary>
    public IReadOnlyList<TunedRow> Chosen { get; init; } = [];

    /// <summary>A row's runs, per training seed and fold.</summary>
    public IReadOnlyList<IReadOnlyList<TrainJob>> Runs(PlannedRow row) => [.. Enumerable.Range(0, Request.TrainingSeeds).Select(seed =>
        (IReadOnlyList<TrainJob>)[.. Enumerable.Range(0, Data.Count).Select(fold => Run(row, fold, seed))])];

    /// <summary>A row's run on the first fold, with the first training seed.</summary>
    public TrainJob FirstRun(PlannedRow row) => Run(row, fold: 0, seed: 0);

    private TrainJob Run(PlannedRow row, int fold, int seed) =>
        Workshop.Train((Tuned.GetValueOrDefault((row, fold)) ?? row.Run!) with { Seed = row.Run!.Seed + seed }, Data[fold]);
}
