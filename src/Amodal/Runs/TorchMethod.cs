namespace Amodal.Runs;

/// <summary>The method of a trained run, computed by torch. Owns the run where it is told so.</summary>
public sealed class TorchMethod : ISampledMethod
{
    private readonly TrainedRun _run;
    private readonly LatentPath<Tensor> _path;
    private readonly bool _isOwner;

    /// <summary>Binds a run to a way of sampling.</summary>
    /// <param name="run">The run.</param>
    /// <param name="name">Its name in tables; null takes the configuration's.</param>
    /// <param name="sampler">How to sample; null takes the run's way.</param>
    /// <param name="seed">Seed of the recovery's noise; null takes the run's.</param>
    /// <param name="isOwner">Whether the run is disposed with this.</param>
    /// <exception cref="InputException">The sampler does not fit the networks.</exception>
    public TorchMethod(TrainedRun run, string? name = null, SamplerOptions? sampler = null, ulong? seed = null, bool isOwner = false)
        : this(run ?? throw new ArgumentNullException(nameof(run)), run.CardOf(name, seed, ("precision", OptionNames.Of(run.Precision)), ("conditioning", OptionNames.Of(run.Method.Conditioning))), sampler ?? run.Method.Sampler, isOwner)
    {
    }

    /// <summary>Loads a run and the method of it.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="device">Where to compute; null takes the processor.</param>
    /// <exception cref="InputException">It is no run, is unfinished, or a checkpoint does not fit.</exception>
    public static TorchMethod Load(string folder, Device? device = null) => new(TrainedRun.Load(folder, device ?? CPU), isOwner: true);

    private TorchMethod(TrainedRun run, MethodCard card, SamplerOptions sampler, bool isOwner)
    {
        (_run, Card, Sampler, _isOwner) = (run, card, sampler, isOwner);
        _path = run.Method.CreatePath(card.Seed, sampler);
    }

    /// <inheritdoc/>
    public MethodCard Card { get; }

    /// <inheritdoc/>
    public SamplerOptions Sampler { get; }

    /// <inheritdoc/>
    public int Nfe => _run.Method.Recovers ? SamplingPlan.Create(Sampler).Nfe : 0;

    bool ISampledMethod.IsStraightened => _run.Options.Score.Reflow;

    /// <inheritdoc/>
    public ISampledMethod With(SamplerOptions sampler) => new TorchMethod(_run, Card, sampler, isOwner: false);

    /// <inheritdoc/>
    public IEncodedBatch Encode(Split utterances)
    {
        ArgumentNullException.ThrowIfNull(utterances);
        utterances.CheckModalities(Card.Modalities, Card.Source);
        return GapBatch.Over(utterances, rows => new EncodedLatents<Tensor>(_path, new Source(_run, rows)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isOwner)
        {
            _run.Dispose();
        }
    }

    private sealed class Source(TrainedRun run, Split utterances) : ILatentSource<Tensor>
    {
        private readonly RunEncoding _encoding = run.Lease(utterances);

        public IReadOnlyList<ulong> Keys => Store.Keys;

        public IReadOnlyList<LatentShape> Shapes => [.. Store.Latents.Select(l => new LatentShape((int)l.shape[1], (int)l.shape[2]))];

        private LatentStore Store => _encoding.Latents;

        public Tensor Of(int modality) => Store.Latents[modality];

        public Tensor Nothing(int modality) => Store.Latents[modality];

        public IReadOnlyList<bool> Valid(int modality)
        {
            using var scope = NewDisposeScope();
            return [.. Store.Valid[modality].cpu().data<float>().Select(v => v > 0)];
        }

        public IReadOnlyList<float> Average(int modality)
        {
            using var scope = NewDisposeScope();
            return [.. run.Method.AverageLatent(modality).contiguous().cpu().data<float>()];
        }

        public LatentRows ToRows(Tensor x)
        {
            using var scope = NewDisposeScope();
            return new LatentRows(x.contiguous().cpu().data<float>().ToArray(), (int)x.shape[0], (int)(x.shape[1] * x.shape[2]));
        }

        public void Dispose() => run.Return(utterances);
    }
}
