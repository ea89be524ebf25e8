using System.CommandLine;
using Amodal.Data;
using Amodal.Engines;
using Amodal.Training;

namespace Amodal.Cli.Commands;

/// <summary>The options of commands that use a trained run on a data file.</summary>
internal sealed class RunUseOptions(bool requireMissing)
{
    public Argument<string> Run { get; } = new("RUN") { Description = "Run directory, or an exported model." };

    public Option<string> Data { get; } = SharedOptions.Data();

    public Option<string> Split { get; } = new("--split") { Description = "Split to use.", DefaultValueFactory = _ => "test" };

    public Option<string> Missing { get; } = new("--missing") { Description = "Missing modalities by name, comma-separated.", Required = requireMissing };

    public Option<string> Out { get; } = new("--out") { Description = "File to write.", Required = true };

    public Option<string> Sampler { get; } = SharedOptions.Sampler();

    public Option<int?> Nfe { get; } = SharedOptions.Nfe();

    public Option<int?> Seed { get; } = SharedOptions.Seed("Seed of the recovery's noise instead of the run's.");

    public Option<string?> Engine { get; } = EngineChoice.Option();

    public Option<string?> Precision { get; } = PrecisionChoice.Option();

    public Option<string> Device { get; } = SharedOptions.Device();

    public Option<int> Threads { get; } = SharedOptions.Threads();

    public Option<bool> Json { get; } = SharedOptions.Json();

    public void AddTo(Command command)
    {
        command.Arguments.Add(Run);
        foreach (var option in new Option[] { Data, Split, Missing, Out, Sampler, Nfe, Seed, Engine, Precision, Device, Threads, Json })
        {
            command.Options.Add(option);
        }
    }

    public RunSession Open(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        return EngineChoice.Of(parsed.GetValue(Engine), [parsed.GetValue(Run)!]) == EngineKind.Torch ? OnTorch(parsed, ReadData) : OnOnnx(parsed, ReadData);

        DataSet ReadData() => DataReading.Read(terminal, parsed.GetValue(Data)!, stop);
    }

    private RunSession OnTorch(ParseResult parsed, Func<DataSet> readData)
    {
        var precision = PrecisionChoice.Of(parsed.GetValue(Precision), PrecisionChoice.OfTorch);
        var device = SharedOptions.Prepare(parsed.GetValue(Device)!, parsed.GetValue(Threads));
        var run = TrainedRun.Load(parsed.GetValue(Run)!, device, precision);
        try
        {
            var sampler = run.Method.Sampler.With(parsed.GetValue(Sampler), parsed.GetValue(Nfe));
            return new RunSession(run, readData(), parsed.GetValue(Split)!, sampler, (ulong)(parsed.GetValue(Seed) ?? run.Options.Seed));
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    private RunSession OnOnnx(ParseResult parsed, Func<DataSet> readData)
    {
        PrecisionChoice.RefuseForExport(parsed.GetValue(Precision), parsed.GetValue(Run)!);
        var model = EngineChoice.LoadOnnx(parsed.GetValue(Run)!, parsed.GetValue(Device)!, parsed.GetValue(Threads));
        try
        {
            var sampler = model.Manifest.Sampler.With(parsed.GetValue(Sampler), parsed.GetValue(Nfe));
            return new RunSession(new OnnxPath(model, readData(), parsed.GetValue(Split)!, sampler, (ulong?)parsed.GetValue(Seed)));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
