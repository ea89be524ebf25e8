using Amodal.Benchmarks;
using Amodal.Data;
using Amodal.Diffusion;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Sampling;
using Amodal.Latents;
using Amodal.Methods.TwoStage;
using Amodal.Prediction;
using Amodal.Tests.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Benchmarks;

/// <summary>What a timed call does of the path, and what it does not.</summary>
public sealed class SubjectCallsTests : IDisposable
{
    private readonly LoggedModel _model = new();
    private readonly ModelSubject _subject;

    public SubjectCallsTests()
    {
        set_num_threads(1); // of this thread, to which a neighbour may have left more: a batch is then one part
        _subject = new ModelSubject("logged", _model, TinyRun.Uneven, _model.Inner.Statistics.ToStandardiser(), TinyRun.TinyOptions.Sampler);
        _subject.Prepare(4);
        Assert.Equal(["encode 4"], _model.Log);
        _model.Log.Clear();
    }

    [Fact]
    public void A_recovery_is_of_the_first_modalities_from_the_others_and_encodes_nothing()
    {
        _subject.Recover(4, 2, default);
        _subject.Recover(4, 1, default);
        Assert.Equal(["recover 0 of 4 from 2", "recover 1 of 4 from 2", "recover 0 of 4 from 1,2"], _model.Log);
    }

    [Fact]
    public void The_path_encodes_recovers_aligns_and_fuses()
    {
        _subject.Predict(4, 2, default);
        Assert.Equal(["encode 4", "recover 0 of 4 from 2", "recover 1 of 4 from 2", "align 0", "align 1", "fuse"], _model.Log);
    }

    [Fact]
    public void Inputs_are_made_once_for_each_batch_size()
    {
        _subject.Prepare(4);
        _subject.Prepare(3);
        _subject.Recover(3, 1, default);
        Assert.Equal(["encode 3", "recover 0 of 3 from 1,2"], _model.Log);
    }

    public void Dispose()
    {
        _subject.Dispose();
        _model.Dispose();
    }

    /// <summary>A tiny model that keeps a log of what is asked of it.</summary>
    private sealed class LoggedModel : IRecoveryModel
    {
        public LoggedModel()
        {
            Inner = new TwoStageModel(TinyRun.Uneven, TinyRun.TinyOptions, seed: 1);
            Inner.MoveTo(CPU);
        }

        public TwoStageModel Inner { get; }

        public List<string> Log { get; } = [];

        public SamplerOptions Sampler => Inner.Sampler;

        public Conditioning Conditioning => Inner.Conditioning;

        public IReadOnlyDictionary<string, nn.Module> Modules => Inner.Modules;

        public LatentStore Encode(Split rows, FeatureTensors features)
        {
            Log.Add($"encode {rows.Count}");
            return Inner.Encode(rows, features);
        }

        public LatentPath<Tensor> CreatePath(ulong seed, SamplerOptions? sampler = null) => new(
            TorchEngine.Of(
                [.. Inner.Scores.All.Select((n, m) => new LoggedNetwork(m, n, Log))], Inner.Objective, Inner.Options.CreateProcess(), Inner.Conditioning, Align, (latents, allObserved) => allObserved ? FuseComplete(latents) : Fuse(latents)),
            Inner.Options.ToPathSettings(SamplingPlan.Create(sampler ?? Sampler), seed));

        public Tensor Align(int modality, Tensor recovered)
        {
            Log.Add($"align {modality}");
            return Inner.Align(modality, recovered);
        }

        public Tensor Fuse(IReadOnlyList<Tensor> latents)
        {
            Log.Add("fuse");
            return Inner.Fuse(latents);
        }

        public Tensor FuseComplete(IReadOnlyList<Tensor> latents)
        {
            Log.Add("fuse complete");
            return Inner.FuseComplete(latents);
        }

        public Tensor AverageLatent(int modality) => Inner.AverageLatent(modality);

        public void Dispose() => Inner.Dispose();
    }

    private sealed class LoggedNetwork(int target, IScoreNetwork network, List<string> log) : IScoreNetwork
    {
        public Tensor Evaluate(Tensor x, Tensor t, IReadOnlyList<Condition> conditions) => throw new InvalidOperationException("clean conditions are prepared");

        public Func<Tensor, Tensor, Tensor> Prepare(IReadOnlyList<Condition> conditions)
        {
            log.Add($"recover {target} of {conditions[0].Latent.shape[0]} from {string.Join(',', conditions.Select(c => c.Modality))}");
            return network.Prepare(conditions);
        }
    }
}
