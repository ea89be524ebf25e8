namespace Amodal.Cli;

/// <summary>What a benchmark of recoveries was asked for.</summary>
/// <param name="Sources">Run directories, presets or experiment files.</param>
/// <param name="Precisions">What score networks are computed in: each source but exported models once in each.</param>
/// <param name="Nfe">Evaluations instead of the subjects' own.</param>
internal sealed record BenchRequest(IReadOnlyList<string> Sources, BenchOptions Options, IReadOnlyList<Precision> Precisions, int? Nfe)
{
    /// <summary>What is measured, in order: a source in a precision. An exported model has its own.</summary>
    public IReadOnlyList<(string Source, Precision Precision)> Subjects { get; } =
        [.. Sources.SelectMany(s => BenchSubjects.IsExport(s) ? [(s, Precision.Float32)] : Precisions.Select(p => (s, p)))];

    /// <summary>What is to be known about the subjects.</summary>
    public string Note => Sources.All(BenchSubjects.IsRun)
        ? "Features are random: what they cost is what any cost."
        : "Networks of presets and experiments are fresh, on data shaped like CMU-MOSI, and features are random: what they cost is what trained ones cost.";

    public IReadOnlyList<IBenchSubject> Open()
    {
        var names = Sources.Distinct().Zip(BenchSubjects.Names([.. Sources.Distinct()])).ToDictionary(s => s.First, s => s.Second);
        var opened = new List<IBenchSubject>();
        try
        {
            opened.AddRange(Subjects.Select(s => BenchSubjects.Open(s.Source, Nfe, s.Precision, names[s.Source])));
            return opened.GroupBy(m => m.Name).FirstOrDefault(g => g.Count() > 1) is { } same
                ? throw new InputException("RUN", null, $"'{same.Key}' names {same.Count()} of them; give each once.") : opened;
        }
        catch
        {
            opened.ForEach(m => m.Dispose());
            throw;
        }
    }

    /// <summary>The run directories among the subjects by name. Runs were evaluated in single precision: another one's quality is not known.</summary>
    public IReadOnlyDictionary<string, string> Runs(IEnumerable<IBenchSubject> opened) => Subjects.Zip(opened)
        .Where(p => BenchSubjects.IsRun(p.First.Source) && p.First.Precision == Precision.Float32).ToDictionary(p => p.Second.Name, p => p.First.Source);
}

/// <summary>The arguments and options of a benchmark of recoveries.</summary>
internal sealed class BenchArguments
{
    private const int Most = 1_000_000;

    private readonly Option<int> _repeats = new("--repeats") { Description = "Timed calls of every row.", DefaultValueFactory = _ => 15 };
    private readonly Option<double> _seconds = new("--seconds") { Description = "Time for all calls, after which no new one is begun.", DefaultValueFactory = _ => 120 };
    private readonly Option<string> _missing = new("--missing-count") { Description = "How many modalities are missing, comma-separated; 0, with --path, for complete utterances.", DefaultValueFactory = _ => "1,2" };
    private readonly Option<int?> _nfe = SharedOptions.Nfe();
    private readonly Option<bool> _path = new("--path") { Description = "Time the whole path, too: encode, recover, align, fuse. Of a method that shows no recovery it is all that is timed." };
    private readonly Option<string> _precisions = new("--precision")
    {
        Description = "What score networks are computed in, comma-separated: float32, bfloat16. Exported models keep the one they were exported in.",
        DefaultValueFactory = _ => OptionNames.Of(Precision.Float32),
    };

    private readonly Option<string> _threads = new("--threads")
    {
        Description = "Numbers of threads to measure with, comma-separated; 0 takes one per core.",
        DefaultValueFactory = _ => "0",
    };

    public Argument<string[]> Runs { get; } = new("RUN")
    {
        Description = "Run directories, exported models, names of presets or experiment files; networks of the latter two are made fresh. All presets that sample unless given.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public Option<string> Batches { get; } = new("--batches") { Description = "Utterances in a call, comma-separated.", DefaultValueFactory = _ => "1,8,32,256" };

    public Option<string> Output { get; } = new("--out") { Description = "Folder for bench.json and, where runs were evaluated, the chart of quality against time." };

    public Option<bool> Json { get; } = SharedOptions.Json();

    /// <summary>The options that a measurement of networks alone does not take.</summary>
    public IReadOnlyList<Option> OfRecoveries => [_missing, _seconds, _precisions, _nfe, _path, Output];

    public void AddTo(Command command)
    {
        command.Arguments.Add(Runs);
        foreach (var option in (Option[])[Batches, _missing, _threads, _repeats, _seconds, _precisions, _nfe, _path, Output, Json])
        {
            command.Options.Add(option);
        }
    }

    public IReadOnlyList<int> BatchesOf(ParseResult parsed) => Numbers("--batches", parsed.GetValue(Batches)!, 1, Most);

    public IReadOnlyList<int> ThreadsOf(ParseResult parsed) =>
        [.. Numbers("--threads", parsed.GetValue(_threads)!, int.MinValue, int.MaxValue).Select(t => ThreadCount.Of(t, "--threads"))];

    public int RepeatsOf(ParseResult parsed) => Within("--repeats", parsed.GetValue(_repeats), 1, Most);

    public BenchRequest Read(ParseResult parsed) => new(
        parsed.GetValue(Runs) is { Length: > 0 } named ? named : BenchSubjects.FreshPresets,
        new BenchOptions
        {
            Batches = BatchesOf(parsed),
            Missing = Numbers("--missing-count", parsed.GetValue(_missing)!, parsed.GetValue(_path) ? 0 : 1, 31),
            Threads = ThreadsOf(parsed),
            Tasks = parsed.GetValue(_path) ? [BenchTask.Recovery, BenchTask.Path] : [BenchTask.Recovery],
            Repeats = RepeatsOf(parsed),
            Seconds = parsed.GetValue(_seconds) is > 0 and <= 1e6 and var s ? s : throw new InputException("--seconds", null, "must be above 0, and at most 1000000."),
        },
        [.. parsed.GetValue(_precisions)!.Split(',', StringSplitOptions.TrimEntries).Select(p => PrecisionChoice.Of(p, PrecisionChoice.OfTorch)).Distinct()],
        parsed.GetValue(_nfe));

    public static List<int> Numbers(string option, string text, int least, int most) =>
        NumberList.Parse<int>(option, text, n => n >= least && n <= most, $"whole numbers from {least} to {most}");

    public static int Within(string option, int value, int least, int most) => value >= least && value <= most
        ? value
        : throw new InputException(option, null, $"is {value}; give {least} to {most}.");
}
