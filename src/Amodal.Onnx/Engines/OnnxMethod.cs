using Amodal.Latents;

namespace Amodal.Engines;

/// <summary>An exported model, computed by ONNX Runtime. Owns the model, unless it was made <see cref="With"/> another sampler.</summary>
public sealed class OnnxMethod : ISampledMethod
{
    private readonly OnnxModel _model;
    private readonly LatentPath<LatentRows> _path;
    private readonly bool _isOwner;

    /// <summary>Takes over the model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">Its name in tables; null takes the folder's.</param>
    /// <param name="sampler">How to sample; null takes the exported way.</param>
    /// <param name="seed">Seed of the recovery's noise; null takes the run's.</param>
    /// <exception cref="InputException">The sampler does not fit the networks.</exception>
    public OnnxMethod(OnnxModel model, string? name = null, SamplerOptions? sampler = null, ulong? seed = null)
        : this(model ?? throw new ArgumentNullException(nameof(model)), CardOf(model, name, seed), sampler ?? model.Manifest.Sampler, isOwner: true)
    {
    }

    /// <summary>Loads an exported model.</summary>
    /// <inheritdoc cref="OnnxModel.Load"/>
    public static OnnxMethod Load(string folder, int threads = 0) => new(OnnxModel.Load(folder, threads));

    private OnnxMethod(OnnxModel model, MethodCard card, SamplerOptions sampler, bool isOwner)
    {
        (_model, Card, Sampler, _isOwner) = (model, card, sampler, isOwner);
        _path = model.CreatePath(card.Seed, sampler);
    }

    /// <inheritdoc/>
    public MethodCard Card { get; }

    /// <inheritdoc/>
    public SamplerOptions Sampler { get; }

    /// <inheritdoc/>
    public int Nfe => _model.Manifest.Recovery == Recovery.None ? 0 : SamplingPlan.Create(Sampler).Nfe;

    /// <inheritdoc/>
    public ISampledMethod With(SamplerOptions sampler) => new OnnxMethod(_model, Card, sampler, isOwner: false);

    /// <inheritdoc/>
    public IEncodedBatch Encode(Split utterances)
    {
        ArgumentNullException.ThrowIfNull(utterances);
        utterances.CheckModalities(Card.Modalities, Card.Source);
        return GapBatch.Over(utterances, rows => new EncodedLatents<LatentRows>(_path, new Source(_model, rows)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isOwner)
        {
            _model.Dispose();
        }
    }

    private static MethodCard CardOf(OnnxModel model, string? name, ulong? seed) =>
        new(name ?? Path.GetFileName(Path.GetFullPath(model.Folder)), model.Modalities)
        {
            Source = model.Folder,
            Target = model.Target,
            PaddedInFront = model.Manifest.PaddedInFront ?? [],
            Seed = seed ?? model.Manifest.Seed,
            Facts = [("engine", "ONNX Runtime"), ("conditioning", OptionNames.Of(model.Manifest.Conditioning)), ("versions", model.Manifest.Producer)],
        };

    private sealed class Source : ILatentSource<LatentRows>
    {
        private readonly OnnxModel _model;
        private readonly Split _split;
        private readonly Lazy<LatentRows>[] _latents;

        public Source(OnnxModel model, Split split)
        {
            (_model, _split) = (model, split);
            Keys = [.. split.Ids.Select(StableRandom.KeyOf)];
            _latents = [.. split.Features.Select((f, m) => new Lazy<LatentRows>(() => model.Encode(m, f.Values, f.Rows)))];
        }

        public IReadOnlyList<ulong> Keys { get; }

        public IReadOnlyList<LatentShape> Shapes => _model.Shapes;

        public LatentRows Of(int modality) => _latents[modality].Value;

        public LatentRows Nothing(int modality) => new(Keys.Count, Shapes[modality].Channels * Shapes[modality].Length);

        public IReadOnlyList<bool> Valid(int modality)
        {
            var features = _split.Features[modality];
            var (length, width, steps) = (features.Modality.Length, features.Modality.Width, Shapes[modality].Length);
            var kernel = length - steps + 1;
            var valid = new bool[features.Rows * steps];
            for (var i = 0; i < valid.Length; i++)
            {
                var (row, step) = Math.DivRem(i, steps);
                valid[i] = !Standardiser.IsPadding(features.Row(row).Slice(step * width, kernel * width));
            }

            return valid;
        }

        public IReadOnlyList<float> Average(int modality) => _model.Manifest.Modalities[modality].AverageLatent;

        public LatentRows ToRows(LatentRows x) => x;

        public void Dispose()
        {
            // plain memory
        }
    }
}
