using Amodal.Data;
using Amodal.Diffusion.Sampling;
using Amodal.Evaluation;
using Amodal.Experiments;
using Amodal.Methods.Imder;
using Amodal.Runs;
using Amodal.Tests.Data;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Experiments;

/// <summary>Tables from stored predictions beside evaluations of the same runs, on tiny networks.</summary>
public sealed class GatherTests : IDisposable
{
    private static readonly SamplerOptions _heun = new() { Kind = SamplerKind.Heun, Nfe = 4 };
    private readonly TemporaryFolder _folder = new();
    private readonly List<DataSet> _folds = [];
    private readonly Store _store;
    private readonly Workshop _workshop;

    public GatherTests()
    {
        foreach (var fold in new[] { "a", "b" })
        {
            var file = Path.Combine(_folder.Name, $"{fold}.npz");
            NpzWriter.Write(file, TinyRun.WithIds(TinyRun.MakeData(TinyRun.Uneven, [24, 10, 12]), (split, row) => $"{fold}{row / 3}$_${split}{row}"));
            _folds.Add(DataFile.Read(file));
        }

        _store = new Store(Path.Combine(_folder.Name, "store"));
        _workshop = new Workshop(_store, CPU);
    }

    [Fact]
    public void A_table_from_stored_predictions_is_that_of_an_evaluation_bit_for_bit()
    {
        var evaluation = new EvaluationOptions { MissingRates = [0.3, 0.5], MaskSeeds = 2, Samples = 2 };
        var options = TinyRun.TinyOptions with { Classifier = TinyRun.TinyOptions.Classifier with { Epochs = 1 }, Score = TinyRun.TinyOptions.Score with { Epochs = 1 } };
        List<List<TrainJob>> runs = [.. Enumerable.Range(0, 2).Select(seed => _folds.Select(f => _workshop.Train(options with { Seed = 3 + seed }, f)).ToList())];
        var (own, heun, baselines) = (Stored(runs, options.Sampler), Stored(runs, _heun), Stored(runs, null));

        using var evaluator = new RunEvaluator([.. runs.SelectMany(r => r.Select(j => j.Path))], dataFile: null, "test", CPU, "method");
        var expected = evaluator.Evaluate(evaluation, stop: TestContext.Current.CancellationToken);
        var gather = new Gather(_folds, evaluation, trainings: 2);
        var method = Gather.Method("method", own);
        var others = baselines[0][0][0].Methods.Select((name, i) => Gather.Method(name, baselines, i)).ToList();
        Same(expected.Rows, gather.Rows([.. gather.Optimum, method, .. others]), r => (r.Method, r.Protocol, r.Case), r => r.Metrics.Select(m => m.Value));
        Same(expected.Differences, [.. others.SelectMany(o => gather.Differences(method, o))], d => (d.Method, d.Baseline, $"{d.Case} {d.Metric}"), d => [d.Difference]);
        Assert.Equal(expected.Intervals, gather.Units);

        var recovery = gather.LatentRecovery("method", own, [.. runs.SelectMany(r => r).Select(r => Made<LinearAgreements>(LinearAgreements.Job(_workshop, r)))]);
        Assert.Equal(expected.LatentRecovery.Select(r => r with { LinearError = 0, LinearCorrelation = 0 }), recovery.Select(r => r with { LinearError = 0, LinearCorrelation = 0 }));
        Assert.All(expected.LatentRecovery.Zip(recovery), r => Assert.Equal(r.First.LinearError!.Value, r.Second.LinearError!.Value, 1e-9));

        // Any two rows in pairs, as the protocols have them of predictions in hand.
        var protocols = new ProtocolEvaluator([.. _folds.SelectMany(f => f["test"].Labels)], [.. TinyRun.Uneven.Select(m => m.Name)], evaluation, [.. _folds.SelectMany(f => f["test"].Ids.Select(id => id.Split("$_$")[0]))]);
        using var byHeun = new RunEvaluator([.. runs.SelectMany(r => r.Select(j => j.Path))], dataFile: null, "test", CPU, "heun");
        var direct = byHeun.Evaluate(evaluation, _heun, stop: TestContext.Current.CancellationToken).Predictions!;
        Same(protocols.Differences(direct, [expected.Predictions!]), gather.Differences(Gather.Method("heun", heun), method), d => (d.Method, d.Baseline, $"{d.Case} {d.Metric}"), d => [d.Difference]);
    }

    [Fact]
    public void Keys_change_exactly_when_something_that_matters_does()
    {
        var options = TinyRun.TinyOptions;
        string Of(ExperimentOptions run, string data = "data", string circumstances = "1 thread, cpu") => Key.OfRun(run, data, circumstances);
        var key = Of(options);
        ExperimentOptions[] same = [options with { TensorBoard = false }, options with { Name = "other" }, options with { Methods = TinyRun.Groups(options.Methods.Of<ImderExperimentOptions>() with { Sampler = _heun }) }];
        Assert.All(same, s => Assert.Equal(key, Of(s)));
        string[] others =
        [
            key, Of(options, data: "other"), Of(options, circumstances: "2 threads, cpu"), Of(options, circumstances: "1 thread, cuda:0"), Of(options with { Seed = 9 }),
            Of(options with { Sampler = _heun }), Of(options with { Score = options.Score with { Epochs = 99 } }), Of(options with { Alignment = options.Alignment with { Enabled = false } }),
            Of(options with { Latents = options.Latents with { Standardise = false } }), Of(options with { Stage2 = options.Stage2 with { SetsPerUtterance = 1 } }),
        ];
        Assert.Equal(others.Length, others.Distinct().Count());

        var (run, other) = (_workshop.Train(options, _folds[0]), _workshop.Train(options, _folds[1]));
        string[] predictions =
        [
            .. new[] { run, other }.SelectMany(r => new[] { null, options.Sampler, _heun }.Select(s => _workshop.Predict(r, s, 0, "x").Name)),
            _workshop.Predict(run, _heun, 1, "x").Name, _workshop.Predict(_workshop.Train(options with { Seed = 4 }, _folds[0]), _heun, 0, "x").Name,
        ];
        Assert.Equal(predictions.Length, predictions.Distinct().Count());
        Assert.Equal(_workshop.Predict(run, _heun, 0, "x").Name, _workshop.Predict(_workshop.Train(options, _folds[0]), _heun with { }, 0, "called otherwise").Name);
    }

    [Fact]
    public void A_table_of_predictions_that_is_cut_off_is_refused_with_what_to_do()
    {
        var table = new PredictionTable(["one"], ["a", "b"]);
        var file = Path.Combine(_folder.Name, "table.safetensors");
        table.Write(file);
        Assert.Equal(["a", "b"], PredictionTable.Read(file).Utterances);
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..^1]);
        Assert.Throws<InputException>(() => PredictionTable.Read(file));
        Amodal.Files.SafeTensors.Write(file, new Dictionary<string, Tensor>(), new Dictionary<string, string> { ["methods"] = "[]", ["utterances"] = "[]" });
        Assert.Contains("Delete the file", Assert.Throws<InputException>(() => PredictionTable.Read(file)).Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _workshop.Dispose();
        _folder.Dispose();
    }

    private IReadOnlyList<IReadOnlyList<IReadOnlyList<PredictionTable>>> Stored(List<List<TrainJob>> runs, SamplerOptions? sampler)
    {
        var jobs = runs.Select(r => r.Select(run => Enumerable.Range(0, sampler is null ? 1 : 2).Select(draw => sampler is null ? _workshop.Baselines(run) : _workshop.Predict(run, sampler, draw, "row")).ToList()).ToList()).ToList();
        Runner.Run(_store, jobs.SelectMany(r => r).SelectMany(r => r));
        return [.. jobs.Select(r => (IReadOnlyList<IReadOnlyList<PredictionTable>>)[.. r.Select(f => (IReadOnlyList<PredictionTable>)[.. f.Select(j => PredictionTable.Read(j.Path))])])];
    }

    private T Made<T>(Job job)
        where T : class
    {
        Runner.Run(_store, [job]);
        return Store.Read<T>(job.Path);
    }

    private static void Same<T>(IReadOnlyList<T> expected, IReadOnlyList<T> found, Func<T, (string, string, string)> name, Func<T, IEnumerable<Estimate>> numbers)
    {
        Assert.Equal(expected.Select(name), found.Select(name));
        Assert.Equal(expected.SelectMany(numbers), found.SelectMany(numbers));
    }
}
