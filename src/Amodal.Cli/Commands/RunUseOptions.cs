namespace Amodal.Cli.Commands;

/// <summary>The options of commands that use a trained run on a data file.</summary>
internal sealed class RunUseOptions
{
    public Argument<string> Run { get; } = new("RUN") { Description = "Run directory, or an exported model." };

    public Option<string> Data { get; } = SharedOptions.Data();

    public Option<string?> Split { get; } = new("--split") { Description = "Split to use; the only one there is, or test, unless given." };

    public Option<string?> Missing { get; } = new("--missing") { Description = "Missing modalities by name, comma-separated, besides those that the data lacks." };

    public Option<string> Out { get; } = new("--out") { Description = "File to write.", Required = true };

    public Option<string> Sampler { get; } = SharedOptions.Sampler();

    public Option<int?> Nfe { get; } = SharedOptions.Nfe();

    public Option<double?> Guidance { get; } = SharedOptions.Guidance();

    public Option<int?> Seed { get; } = SharedOptions.Seed("Seed of the recovery's noise instead of the run's.");

    public Option<string?> Engine { get; } = EngineChoice.Option();

    public Option<string?> Precision { get; } = PrecisionChoice.Option();

    public Option<string> Device { get; } = SharedOptions.Device();

    public Option<int> Threads { get; } = SharedOptions.Threads();

    public Option<bool> Json { get; } = SharedOptions.Json();

    public void AddTo(Command command)
    {
        command.Arguments.Add(Run);
        foreach (var option in new Option[] { Data, Split, Missing, Out, Sampler, Nfe, Guidance, Seed, Engine, Precision, Device, Threads, Json })
        {
            command.Options.Add(option);
        }
    }

    public RunSession Open(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        var method = EngineChoice.Of(parsed.GetValue(Engine), [parsed.GetValue(Run)!]) == EngineKind.Torch ? OnTorch(parsed) : OnOnnx(parsed);
        var data = Owned(method, () => DataReading.Read(terminal, limits => DataFile.ReadUtterances(parsed.GetValue(Data)!, parsed.GetValue(Split), limits: limits, target: method.Card.Target.Spec), stop));
        terminal.Notes(data.ReaderNotes);
        return new RunSession(method, data, data.Splits[0].Name);
    }

    private IMethod OnTorch(ParseResult parsed)
    {
        var precision = PrecisionChoice.Of(parsed.GetValue(Precision), PrecisionChoice.OfTorch);
        var device = SharedOptions.Prepare(parsed.GetValue(Device)!, parsed.GetValue(Threads));
        var run = TrainedRun.Load(parsed.GetValue(Run)!, device, precision);
        return Owned(run, () => run.CreateMethod(
            sampler: run.Sampler.With(parsed.GetValue(Sampler), parsed.GetValue(Nfe), parsed.GetValue(Guidance), run.Directory.Path), seed: (ulong?)parsed.GetValue(Seed), isOwner: true));
    }

    private IMethod OnOnnx(ParseResult parsed)
    {
        PrecisionChoice.RefuseForExport(parsed.GetValue(Precision), parsed.GetValue(Run)!);
        return EngineChoice.LoadOnnx(parsed.GetValue(Run)!, parsed.GetValue(Device)!, parsed.GetValue(Threads), name: null,
            parsed.GetValue(Sampler), parsed.GetValue(Nfe), parsed.GetValue(Guidance), (ulong?)parsed.GetValue(Seed));
    }

    private static T Owned<T>(IDisposable owned, Func<T> make)
    {
        try
        {
            return make();
        }
        catch
        {
            owned.Dispose();
            throw;
        }
    }
}
