using static Amodal.Cli.Commands.ExperimentCommand;

namespace Amodal.Cli;

/// <summary>Methods that are trained to be compared: `amodal compare --methods`.</summary>
/// <param name="use">The options that it shares with the comparison of trained runs.</param>
internal sealed class LeaderboardUse(EvaluationUse use)
{
    private const string AllMethods = "all";

    private readonly ListOption _methods = new("--methods")
    {
        Description = "Train methods and compare them, instead of runs: all, or names of presets with commas between them (amodal presets). Needs --data, whose folds may stand with commas between them, and --out.",
    };

    private readonly Option<int> _trainingSeeds = TrainingSeeds();
    private readonly Option<bool> _fast = Fast();
    private readonly ListOption _set = Set();
    private readonly Option<string> _against = new("--against") { Description = "With --methods: the row that the others are tested against; the first unless given." };
    private readonly Option<string> _task = Task();
    private readonly Option<int> _tune = new("--tune")
    {
        Description = "With --methods: settings tried for every method (learning rates, weight decay, dropout; a random search), of which validation chooses; 1 takes them as they are.",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<bool> _plan = new("--plan") { Description = "With --methods: say what would be trained and about what it would cost, and do nothing." };

    private Option[] Own => [_trainingSeeds, _fast, _set, _tune, _against, _task, _plan];

    private Option[] OfRuns => [use.Name, use.Split, use.Masks, use.Sampler, use.Nfe, use.Guidance, use.Samples, use.NfeCurve, use.Tables, use.Engine, use.Precision];

    public void AddTo(Command command)
    {
        foreach (var option in Own.Prepend(_methods))
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Whether methods are asked for; options that have no meaning for what is asked are refused.</summary>
    public bool IsAsked(ParseResult parsed)
    {
        var isAsked = _methods.Of(parsed).Count > 0;
        foreach (var option in (isAsked ? OfRuns : Own).Where(o => parsed.GetResult(o) is { Implicit: false }))
        {
            throw new InputException(option.Name, null, isAsked ? "is for runs that are there, and --methods trains some; leave one of the two out." : "is for methods that are trained: give --methods too, or leave it out.");
        }

        return isAsked || parsed.GetValue(use.Protocol) != EvaluationUse.AsPublished ? isAsked
            : throw new InputException(use.Protocol.Name, EvaluationUse.AsPublished, "trains a model for each missing rate, so it is for --methods; give all, fixed or random for runs that are there.");
    }

    public void Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        var names = _methods.Of(parsed);
        var isAll = names is [AllMethods];
        var (json, file) = (parsed.GetValue(use.Json), parsed.GetValue(use.JsonFile));
        var device = SharedOptions.Prepare(parsed.GetValue(use.Device)!, parsed.GetValue(use.Threads));
        var request = use.Read(parsed);
        if (request.RatesByModality is not null)
        {
            throw new InputException(MissingRateOption.Name, request.RatesByModality, "has a rate for a modality of its own, which is for runs that are there; give rates for all.");
        }

        var (asPublished, tune) = (parsed.GetValue(use.Protocol) == EvaluationUse.AsPublished, Positive(_tune.Name, parsed.GetValue(_tune)));
        if (asPublished && tune > 1)
        {
            throw new InputException(_tune.Name, null, $"chooses on the validation split, which --protocol {EvaluationUse.AsPublished} does not; leave one of the two out.");
        }

        var protocol = (request.Options.Fixed, request.Options.Random) switch { (true, true) => Protocols.All, (true, false) => Protocols.Fixed, _ => Protocols.Random };
        Plan Made(bool isFast) => Experiments.Plan.Compare(isAll ? null : names, protocol, request.HasRates ? request.Options.MissingRates : null, isFast, _set.Of(parsed), asPublished);
        var plan = Made(parsed.GetValue(_fast));
        string[] files = parsed.GetValue(use.Data) is { } data ? ListOption.Split(data) : [];
        if (parsed.GetValue(_plan))
        {
            var trial = files.Length > 0 ? DataReading.Read(terminal, files[0], stop) : null;
            var shape = trial is null ? DataShape.Mosi : DataShape.Of(trial);
            ExperimentView.Plan(terminal, [Made], shape, Math.Max(1, files.Length) * (Positive(_trainingSeeds.Name, parsed.GetValue(_trainingSeeds)) + tune - 1) * (1 + plan.PublishedRates.Count), json, file, stop, trial);
            return;
        }

        var experiment = new ExperimentRequest
        {
            DataFiles = files.Length > 0 ? files : throw new InputException(use.Data.Name, null, $"is missing; {plan.Runs.Count} runs are trained on it."),
            Folder = parsed.GetValue(use.Out) ?? throw new InputException(use.Out.Name, null, "is missing; name the folder for runs and tables."),
            MaskSeeds = request.Options.MaskSeeds,
            TrainingSeeds = Positive(_trainingSeeds.Name, parsed.GetValue(_trainingSeeds)),
            Against = parsed.GetValue(_against),
            MustFit = !isAll,
            Trials = tune,
            Share = Share(parsed.GetValue(_task)),
        };
        Make(terminal, plan, experiment, device, parsed.GetValue(_task), json, file, stop);
    }
}
