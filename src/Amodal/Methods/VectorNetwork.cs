using static TorchSharp.torch.nn;

namespace Amodal.Methods;

/// <summary>Encoders and a prediction of a method's own, from a vector or a sequence per modality; everything else is <see cref="VectorMethod"/>.</summary>
internal abstract class VectorNetwork(string name) : Module(name)
{
    /// <summary>What a stage keeps, by the stage's place among the method's.</summary>
    public abstract IReadOnlyList<IReadOnlyDictionary<string, Module>> Kept { get; }

    /// <summary>Whether an utterance's answer depends on the others of its video.</summary>
    public virtual bool SeesVideos => false;

    /// <summary>Trains the stages.</summary>
    /// <param name="names">Their names.</param>
    public abstract void Train(IReadOnlyList<string> names, VectorData data, IStageSequence stages);

    /// <summary>A head's outputs, (row), or (row, width).</summary>
    public abstract Tensor Predict(VectorBatch rows);

    /// <summary>Trains a layer from codes of what is observed, a random set in every step, to the target.</summary>
    /// <param name="code">The codes, (row, numbers), without a gradient.</param>
    protected static void TrainHead(string stage, Linear head, ClassifierStageOptions options, VectorData data, Func<VectorBatch, Tensor> code, IStageSequence stages) => stages.Run(new PlainStage(
        stage, data.Seed, new Dictionary<string, Module> { ["head"] = head }, options, data.Labelled,
        (rows, random) =>
        {
            Tensor codes;
            using (no_grad())
            {
                codes = code(data.Train(rows, random));
            }

            return TargetLoss.Mean(data.Target, TargetLoss.Heads(head.forward(codes)), data.Labels(rows));
        },
        stop => data.Loss(rows => TargetLoss.Heads(head.forward(code(rows))), stop)));
}

/// <summary>A method that is a <see cref="VectorNetwork"/>.</summary>
internal sealed class VectorMethod : MethodTraining
{
    private const string VectorStage = "utterance-vectors";
    private readonly ulong _seed;
    private readonly IReadOnlyList<string> _stages;
    private readonly int? _steps;
    private readonly UtteranceVectors _vectors;
    private readonly VectorNetwork _network;

    private VectorMethod(IReadOnlyList<string> stages, IReadOnlyList<Modality> modalities, Target target, ExperimentOptions options, Func<VectorContext, VectorNetwork> create, int? steps)
    {
        (_stages, _seed, _steps) = (stages, (ulong)options.Seed, steps);
        Baselines = new BaselineNetworks(modalities, options, target);
        _vectors = new UtteranceVectors(modalities);
        _network = create(new VectorContext(_vectors.Widths, target, options)
        {
            Lengths = [.. modalities.Select(m => Math.Min(m.Length, steps ?? 1))],
            Language = Baselines.Primary,
        });
    }

    public override BaselineNetworks Baselines { get; }

    public override IReadOnlyList<(string Stage, IReadOnlyDictionary<string, Module> Modules)> Checkpoints =>
        [.. _steps is null ? [(VectorStage, VectorModules)] : Array.Empty<(string, IReadOnlyDictionary<string, Module>)>(), .. _stages.Zip(_network.Kept)];

    public override IReadOnlyList<(string Name, string Value)> Facts => !_network.SeesVideos ? []
        : [("videos", "an utterance is answered among those of its video, in the order of their ids; one that no id or group puts into a video is answered alone; who speaks is known where the file says it (speakers)")];

    private IReadOnlyDictionary<string, Module> VectorModules => new Dictionary<string, Module> { ["vectors"] = _vectors };

    /// <summary>The line in the catalogue of a method with a network of its own.</summary>
    /// <param name="purpose">What it is, and what it costs.</param>
    /// <param name="stages">The stages, in order.</param>
    /// <param name="create">Makes it with fresh weights; refuses a target that it is not for.</param>
    /// <param name="options">The defaults of its settings.</param>
    /// <param name="steps">Most steps of a sequence, for a network that takes sequences; null for one that takes vectors.</param>
    public static MethodDescriptor Describe(
        string name, string purpose, IReadOnlyList<string> stages, Func<VectorContext, VectorNetwork> create, object options, Func<ExperimentOptions, int>? steps = null) => new(
        name,
        experiment =>
        [
            .. steps is null ? [new StageSettings(VectorStage, null)] : Array.Empty<StageSettings>(),
            .. stages.Select((stage, i) => new StageSettings(stage, i > 0 ? stages[i - 1] : steps is null ? VectorStage : null, MethodDescriptor.SettingsOf(experiment, name, options))),
        ],
        (modalities, target, experiment) => new VectorMethod(stages, modalities, target, experiment, create, steps?.Invoke(experiment)))
        {
            Purpose = purpose,
            Options = options,
        };

    public override void Train(TrainingData data, IStageSequence stages)
    {
        if (_steps is null)
        {
            stages.Fit(VectorStage, VectorModules, () => _vectors.Fit(data.TrainFeatures.Values, Presence.Of(data.Train)));
        }

        using var rows = new VectorData(data, _seed, Encode);
        _network.Train(_stages, rows, stages);
    }

    public override Tensor Predict(EncodedRows rows, ModalitySet observed)
    {
        using var scope = NewDisposeScope();
        if (_network.SeesVideos)
        {
            return AmongVideos(rows).MoveToOuterDisposeScope();
        }

        var vectors = _vectors.Widths.Select((width, m) => (observed.Contains(m), rows.Features(m)) switch
        {
            (true, var x) => Encode(m, x),
            (_, var x) => zeros(_steps is { } steps ? [rows.Count, Math.Min(x.shape[1], steps), width] : [rows.Count, width], device: x.device),
        }).ToList();
        var given = stack([.. vectors.Select((x, m) => observed.Contains(m) ? ones(rows.Count, device: x.device) : zeros(rows.Count, device: x.device))], 1);
        return _network.Predict(new VectorBatch(vectors, given, ones_like(given))).MoveToOuterDisposeScope();
    }

    // The videos of the rows as a whole, each row with what is observed of it.
    private Tensor AmongVideos(EncodedRows rows)
    {
        var asked = rows.Places.ToHashSet();
        var videos = rows.Split.Videos.Where(video => video.Any(asked.Contains)).ToList();
        int[] all = [.. videos.SelectMany(video => video)];
        var places = all.Index().ToDictionary(place => place.Item, place => place.Index);
        var device = rows.Features(0).device;
        var index = tensor([.. all.Select(row => (long)row)], device: device);
        var given = tensor([.. all.SelectMany(row => _vectors.Widths.Select((_, m) => rows.Observed[row].Contains(m) ? 1f : 0f))], [all.Length, _vectors.Widths.Count], device: device);
        var outputs = _network.Predict(new VectorBatch([.. _vectors.Widths.Select((_, m) => VectorBatch.Where(given, m, Encode(m, rows.FeaturesAt(m, index))))], given, ones_like(given))
        {
            Videos = [.. videos.Select(video => (IReadOnlyList<int>)[.. video.Select(row => places[row])])],
            Speakers = VectorBatch.SpeakersOf(rows.Split, all),
        });
        return outputs.index_select(0, tensor([.. rows.Places.Select(row => (long)places[row])], device: device));
    }

    private Tensor Encode(int modality, Tensor features) => _steps is { } steps ? FeatureTensors.Shorten(features, steps) : _vectors.Encode(modality, features);
}

/// <summary>What a network is made for.</summary>
/// <param name="Widths">Numbers of each modality's vector, or of a step.</param>
/// <param name="Options">The settings of the experiment.</param>
internal sealed record VectorContext(IReadOnlyList<int> Widths, Target Target, ExperimentOptions Options)
{
    /// <summary>Steps of each modality.</summary>
    public IReadOnlyList<int> Lengths { get; init; } = [.. Widths.Select(_ => 1)];

    /// <summary>The modality that is language, or stands in its place.</summary>
    public int Language { get; init; }
}
