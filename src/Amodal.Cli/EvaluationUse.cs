namespace Amodal.Cli;

/// <summary>The options of commands that evaluate runs.</summary>
internal sealed class EvaluationUse
{
    /// <summary>The protocol that trains: for methods only, not for runs.</summary>
    public const string AsPublished = "as-published";

    public EvaluationUse(bool isComparison = false)
    {
        IsComparison = isComparison;
        Protocol.AcceptOnlyFromAmong(["fixed", "random", "all", .. isComparison ? new[] { AsPublished } : []]);
        Protocol.Description += isComparison ? $" Of methods that are trained also {AsPublished}: a model for each missing rate, selected on the test split, beside one that serves all and is selected on the validation split." : "";
        Out = new("--out")
        {
            Description = isComparison
                ? "Of runs: folder for report.html and its plots; 'report-beside-OTHER' in the first run unless given. Of results: file to write, by its extension Markdown (.md), LaTeX with booktabs (.tex) or CSV (.csv); printed as Markdown unless given."
                : "Folder for report.html and its plots; 'report' in the first run unless given, and with other settings than the run's own their names are in it: 'report-nfe-5'.",
        };
    }

    public bool IsComparison { get; }

    public Option<string?> Name { get; } = new("--name") { Description = "Name of the method in tables instead of the experiment's, such as for another sampler." };

    public Option<string> Data { get; } = SharedOptions.Data(required: false);

    public Option<string> Split { get; } = new("--split") { Description = "Split to evaluate.", DefaultValueFactory = _ => "test" };

    public Option<string> Protocol { get; } = new("--protocol") { Description = "Missing protocol: fixed, random or all.", DefaultValueFactory = _ => "all" };

    public Option<string?> Masks { get; } = new("--masks") { Description = "Mask file (amodal data masks): what each utterance lacks, instead of the protocols. With --protocol too, both." };

    public Option<string> MissingRate { get; } = MissingRateOption.Create(
        "each modality by its own, instead of the protocols, over as many draws as --mask-seeds says; with --protocol too, both",
        "Missing rates of the random protocol; 0,0.3,0.5,0.7 unless given. Or: ");

    public Option<int> MaskSeeds { get; } = new("--mask-seeds", "--seeds") { Description = "Mask draws per missing rate.", DefaultValueFactory = _ => 5 };

    public Option<string> Sampler { get; } = SharedOptions.Sampler();

    public Option<int?> Nfe { get; } = SharedOptions.Nfe();

    public Option<double?> Guidance { get; } = SharedOptions.Guidance();

    public Option<int> Samples { get; } = new("--samples") { Description = "Recoveries per utterance whose predictions are averaged.", DefaultValueFactory = _ => 1 };

    public Option<string> NfeCurve { get; } = new("--nfe-curve") { Description = "Numbers of network evaluations at which quality is measured too; none to leave that out.", DefaultValueFactory = _ => "5,10,20" };

    public Option<string?> Out { get; }

    public Option<bool> Tables { get; } = new("--tables") { Description = "Print all tables, with all observed sets, instead of the short one." };

    public Option<string?> Engine { get; } = EngineChoice.Option();

    public Option<string?> Precision { get; } = PrecisionChoice.Option();

    public Option<string> Device { get; } = SharedOptions.Device();

    public Option<int> Threads { get; } = SharedOptions.Threads();

    public Option<bool> Json { get; } = SharedOptions.Json();

    public Option<string?> JsonFile { get; } = SharedOptions.JsonFile();

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { Name, Data, Split, Protocol, Masks, MissingRate, MaskSeeds, Sampler, Nfe, Guidance, Samples, NfeCurve, Out, Tables, Engine, Precision, Device, Threads, Json, JsonFile })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>What is asked: masks of one's own are one question; the protocols are others, and asked only where they are named.</summary>
    public Request Read(ParseResult parsed)
    {
        var parts = parsed.GetValue(MissingRate)?.Split(',', StringSplitOptions.TrimEntries) ?? [];
        var (rates, byModality) = (parts.Where(p => !p.Contains('=', StringComparison.Ordinal)).ToList(), parts.Where(p => p.Contains('=', StringComparison.Ordinal)).ToList());
        var isOwn = byModality.Count > 0 || parsed.GetValue(Masks) is not null;
        var isAsked = !isOwn || rates.Count > 0 || parsed.GetResult(Protocol) is { Implicit: false };
        var options = new EvaluationOptions
        {
            Fixed = isAsked && parsed.GetValue(Protocol) != "random",
            Random = isAsked && parsed.GetValue(Protocol) != "fixed",
            MissingRates = NumberList.Parse<double>(MissingRateOption.Name, rates.Count > 0 ? string.Join(',', rates) : "0,0.3,0.5,0.7", x => x is >= 0 and < 1, "missing rates from 0, under 1"),
            Samples = Within("--samples", parsed.GetValue(Samples)),
            MaskSeeds = Within("--mask-seeds", parsed.GetValue(MaskSeeds)),
        };
        return new Request(options, rates.Count > 0, byModality.Count > 0 ? string.Join(',', byModality) : null, parsed.GetValue(NfeCurve) is { } text and not "none"
            ? NumberList.Parse<int>("--nfe-curve", text, x => x is > 0 and <= 100_000, "whole numbers from 1 to 100000") : [], isAsked);

        static int Within(string option, int value) => value is > 0 and <= 1000 ? value : throw new InputException(option, null, $"is {value}; give 1 to 1000.");
    }

    /// <param name="Options">What is covered, but for masks of one's own.</param>
    /// <param name="RatesByModality">Each modality's own missing rate; null for none.</param>
    public sealed record Request(EvaluationOptions Options, bool HasRates, string? RatesByModality, IReadOnlyList<int> Budgets, bool IsAsked);
}
