using Amodal.Data;
using Amodal.Diffusion.Sampling;
using Amodal.Engines;
using Amodal.Methods;
using Amodal.Methods.Imder;
using Amodal.Methods.LinearFirst;
using Amodal.Methods.TwoStage;
using Amodal.Missingness;
using Amodal.Runs;
using Amodal.Tests.Data;
using Amodal.Tests.Training;
using Amodal.Training;

namespace Amodal.Tests.Methods;

/// <summary>What every method promises, whatever it is and whatever computes it: each of these runs for all of them.</summary>
public sealed class MethodContractTests(MethodContractTests.AllMethods methods) : IClassFixture<MethodContractTests.AllMethods>
{
    private static readonly Observation[] _sets = [.. Patterns.All(3)];

    public static TheoryData<string> Names { get; } = ["tiny", "imder", "linear-first", "exported", "answer", "majority", "language-only (text)", "zero-fill", "mean-fill", "dropout-trained",
        "ridge", "ridge-residual", "dropout-network", "dropout-ensemble", "distilled", .. SmallMethods.OfScores];

    private Split Rows => methods.Data["test"];

    [Fact]
    public void All_methods_are_here() => Assert.Equal(Names.Select(n => n.Data).Order(), methods.All.Keys.Order());

    [Theory, MemberData(nameof(Names))]
    public void What_is_missing_is_never_read(string name)
    {
        foreach (var observed in _sets)
        {
            var others = new Split(Rows.Name, Rows.Ids, Rows.Labels, [.. Rows.Features.Select((f, m) =>
                observed.Contains(m) ? f : new FeatureArray(f.Modality, [.. f.Values.Select(v => (100 * v) + 7)]))]);
            Assert.Equal(Predict(name, Rows, Everywhere(observed)), Predict(name, others, Everywhere(observed)));
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Labels_are_not_read(string name)
    {
        var unlabelled = new Split(Rows.Name, Rows.Ids, [.. Rows.Labels.Select(_ => float.NaN)], Rows.Features);
        Assert.Equal(Predict(name, Rows, Mixed), Predict(name, unlabelled, Mixed));
    }

    [Theory, MemberData(nameof(Names))]
    public void Neither_the_others_nor_their_order_nor_their_sets_change_an_utterances_answer(string name)
    {
        var together = Predict(name, Rows, Mixed);
        foreach (var set in _sets)
        {
            var alone = Predict(name, Rows, Everywhere(set));
            Close(alone.Where((_, row) => Mixed[row] == set), together.Where((_, row) => Mixed[row] == set));
        }

        int[] order = [7, 2, 9, 0];
        Close(order.Select(row => together[row]), Predict(name, Rows.Select("test", order), [.. order.Select(row => Mixed[row])]));
    }

    [Theory, MemberData(nameof(Names))]
    public void Several_threads_may_use_it_at_once(string name)
    {
        var expected = _sets.Select(set => Predict(name, Rows, Everywhere(set))).ToList();
        using var shared = methods.All[name].Encode(Rows);
        var answers = new float[2 * _sets.Length][];
        Parallel.For(0, answers.Length, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            var observed = Everywhere(_sets[i / 2]);
            answers[i] = i % 2 == 0 ? shared.Predict(observed) : Predict(name, Rows, observed);
        });
        Assert.All(answers.Index(), a => Close(expected[a.Index / 2], a.Item));
    }

    [Theory, MemberData(nameof(Names))]
    public void A_step_that_is_missing_is_an_unknown_one_and_is_never_read(string name)
    {
        // Of the first rows the end of the first modality is missing, of the others nothing; the last is missing everywhere.
        var length = Rows.Features[0].Modality.Length;
        bool[] steps = [.. Enumerable.Range(0, length).Select(step => step < length / 2)];
        Observation[] observed = [.. Rows.Ids.Select((_, row) => Observation.Of(ModalitySet.Of(0, 1)).WithSteps(0, row < 3 ? steps : [true]))];
        var (gaps, whole) = (Predict(name, Rows, observed), Predict(name, Rows, Everywhere(ModalitySet.Of(0, 1))));
        Assert.Equal(Predict(name, Changed(_ => float.NaN), Everywhere(ModalitySet.Of(0, 1))), gaps);
        Assert.Equal(Predict(name, Changed(v => (100 * v) + 7), observed), gaps);
        Assert.Equal(whole[3..], gaps[3..]);
        Assert.Equal(name == "majority", whole[..3].SequenceEqual(gaps[..3]));

        Split Changed(Func<float, float> change) => Rows.With([.. Rows.Features.Select((f, m) => m > 0 ? f : new FeatureArray(f.Modality, [.. f.Values.Select((v, i) =>
            i / f.Modality.RowSize < 3 && !steps[i % f.Modality.RowSize / f.Modality.Width] ? change(v) : v)]))]);
    }

    [Theory, MemberData(nameof(Names))]
    public void It_stops_when_asked(string name)
    {
        using var rows = methods.All[name].Encode(Rows);
        _ = Assert.ThrowsAny<OperationCanceledException>(() => rows.Predict(Everywhere(ModalitySet.Of(0)), stop: new CancellationToken(canceled: true)));
    }

    [Theory, MemberData(nameof(Names))]
    public void Only_what_samples_answers_otherwise_at_another_draw(string name)
    {
        var method = methods.All[name];
        using var rows = method.Encode(Rows);
        var observed = Everywhere(ModalitySet.Of(0));
        Assert.Equal(method is ISampledMethod, !rows.Predict(observed).SequenceEqual(rows.Predict(observed, draw: 1)));
        Assert.Equal(rows.Predict(observed), rows.Predict(observed));
        Assert.Equal(Rows.Count, rows.Count);
    }

    [Theory, MemberData(nameof(Names))]
    public void Other_modalities_are_refused(string name)
    {
        var problem = Assert.Throws<InputException>(() => methods.All[name].Encode(new Split(Rows.Name, Rows.Ids, Rows.Labels, [.. Rows.Features.Reverse()])));
        Assert.Contains("was trained on text (5 x 3)", problem.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Names))]
    public void What_recovers_shows_latents_of_what_is_missing_and_predicts_the_same(string name)
    {
        using var rows = methods.All[name].Encode(Rows);
        Assert.Equal(methods.All[name] is ISampledMethod, rows is IRecoveringBatch);
        if (rows is IRecoveringBatch recovering)
        {
            var (predictions, latents) = recovering.Recover(Everywhere(ModalitySet.Of(1)));
            Assert.Equal(rows.Predict(Everywhere(ModalitySet.Of(1))), predictions);
            Assert.Equal([0, 2], latents.Select(l => l.Modality));
            Assert.All(latents, l => Assert.Equal((Rows.Count, l.Shape.Channels * l.Shape.Length, l.Shape.Length * Rows.Count, l.Truth.Width), (l.Recovered.Rows, l.Aligned.Width, l.Valid.Count, l.Average.Count)));
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Named_arrays_in_any_order_with_any_missing_are_answered_from_many_threads(string name)
    {
        var (method, expected) = (methods.All[name], Predict(name, Rows, Mixed));
        var answers = new UtterancePrediction[Rows.Count];
        Parallel.For(0, Rows.Count, new ParallelOptions { MaxDegreeOfParallelism = 4 }, row => answers[row] = method.Predict(Named(row)));
        Close(expected, answers.Select(a => (float)a.Prediction));
        Close(expected, method.Predict([.. Enumerable.Range(0, Rows.Count).Select(Named)]).Select(a => (float)a.Prediction));
        Assert.Equal(Mixed.Select(set => set.Describe(["text", "sound", "face"])), answers.Select(a => a.Observed));
        Assert.All(answers, a => Assert.Null(a.Label));
        _ = Assert.ThrowsAny<OperationCanceledException>(() => method.Predict(Named(0), stop: new CancellationToken(canceled: true)));

        Utterance Named(int row)
        {
            var utterance = new Utterance(Rows.Ids[row]);
            foreach (var features in Rows.Features.Where((_, m) => Mixed[row].Contains(m)).Reverse())
            {
                utterance.Set(features.Modality.Name, features.Row(row), features.Modality.Width);
            }

            return utterance;
        }
    }

    private Observation[] Mixed => [.. Enumerable.Range(0, Rows.Count).Select(row => _sets[row % _sets.Length])];

    private Observation[] Everywhere(Observation observed) => [.. Enumerable.Repeat(observed, Rows.Count)];

    private float[] Predict(string name, Split rows, Observation[] observed)
    {
        using var batch = methods.All[name].Encode(rows);
        return batch.Predict(observed);
    }

    // The same sums in parts of other sizes, behind samplers that do not make it grow tenfold.
    private static void Close(IEnumerable<float> expected, IEnumerable<float> actual) => Relative.Equal([.. expected], [.. actual], 10 * Relative.Network, size: 1);

    /// <summary>Tiny runs, one with its baselines, and its export.</summary>
    public sealed class AllMethods : IDisposable
    {
        private readonly TinyRun _ours = TinyRun.Trained(TinyRun.Uneven);
        private readonly TinyRun _imder = new(TinyRun.TinyOptions with
        {
            Name = "imder",
            Method = "imder",
            Methods = TinyRun.Groups(new ImderExperimentOptions
            {
                Network = new() { Channels = 8, Heads = 2, Layers = 1, TimeWidth = 4, DecoderBlocks = 1, DecoderReduction = 2 },
                Sampler = new() { Kind = SamplerKind.EulerMaruyama, Nfe = 2 },
                Pretraining = new() { Epochs = 1, BatchSize = 8 },
                Training = new() { Epochs = 1, BatchSize = 8 },
            }),
        }, TinyRun.Uneven);

        private readonly TinyRun _linear = new(TinyRun.TinyOptions with
        {
            Name = "linear-first",
            Method = "linear-first",
            Methods = TinyRun.TinyOptions.Methods.With("linear-first", new LinearFirstOptions { Width = 8, Steps = 20, BatchSize = 8, Rivals = true }),
        }, TinyRun.Uneven);

        private readonly TemporaryFolder _folder = new();
        private readonly TrainedRun _run;
        private readonly TrainedRun _first;

        public AllMethods()
        {
            new Trainer(_imder.Options, _ours.Data, _imder.Directory, TorchSharp.torch.CPU).Train(resume: false, reuse: _ours.Directory);
            new Trainer(_linear.Options, _ours.Data, _linear.Directory, TorchSharp.torch.CPU).Train(resume: false, reuse: _ours.Directory);
            (_run, _first) = (_ours.Load(), _linear.Load());
            var export = Path.Combine(_folder.Name, "exported");
            ModelExporter.Export(_run.Model, seed: 3, export);
            var answer = Path.Combine(_folder.Name, "answer");
            _first.Export(answer);
            All = new IMethod[] { OnnxAnswer.Load(answer, threads: 2), new TorchMethod(_run), new TorchMethod(_imder.Load(), isOwner: true), _first.CreateMethod(), new OnnxMethod(OnnxModel.Load(export, threads: 2)) }
                .Concat(SmallMethods.OfScores.Select(Small)).Concat(RunBaselines.Of(_run)).Concat(RunBaselines.Of(_first).Skip(5)).ToDictionary(m => m.Card.Name);
        }

        public IReadOnlyDictionary<string, IMethod> All { get; }

        public DataSet Data => _ours.Data;

        private IMethod Small(string name)
        {
            var folder = new RunDirectory(Path.Combine(_folder.Name, name));
            new Trainer(SmallMethods.Of(name), _ours.Data, folder, TorchSharp.torch.CPU).Train(resume: false, reuse: _ours.Directory);
            return TrainedRun.Load(folder.Path, TorchSharp.torch.CPU).CreateMethod(isOwner: true);
        }

        public void Dispose()
        {
            All.Values.ToList().ForEach(m => m.Dispose());
            _run.Dispose();
            _first.Dispose();
            _ours.Dispose();
            _imder.Dispose();
            _linear.Dispose();
            _folder.Dispose();
        }
    }
}
