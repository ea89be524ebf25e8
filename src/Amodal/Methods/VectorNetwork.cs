using static TorchSharp.torch.nn;

namespace Amodal.Methods;

/// <summary>Encoders and a prediction of a method's own, from a vector per modality; everything else is <see cref="VectorMethod"/>.</summary>
internal abstract class VectorNetwork(string name) : Module(name)
{
    /// <summary>What a stage keeps, by the stage's place among the method's.</summary>
    public abstract IReadOnlyList<IReadOnlyDictionary<string, Module>> Kept { get; }

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
    private readonly UtteranceVectors _vectors;
    private readonly VectorNetwork _network;

    private VectorMethod(IReadOnlyList<string> stages, IReadOnlyList<Modality> modalities, Target target, ExperimentOptions options, Func<VectorContext, VectorNetwork> create)
    {
        (_stages, _seed) = (stages, (ulong)options.Seed);
        Baselines = new BaselineNetworks(modalities, options.ToModelOptions(target));
        _vectors = new UtteranceVectors(modalities);
        _network = create(new VectorContext(_vectors.Widths, target, options));
    }

    public override BaselineNetworks Baselines { get; }

    public override IReadOnlyList<(string Stage, IReadOnlyDictionary<string, Module> Modules)> Checkpoints =>
        [(VectorStage, VectorModules), .. _stages.Zip(_network.Kept)];

    private IReadOnlyDictionary<string, Module> VectorModules => new Dictionary<string, Module> { ["vectors"] = _vectors };

    /// <summary>The line in the catalogue of a method with a network of its own.</summary>
    /// <param name="purpose">What it is, and what it costs.</param>
    /// <param name="stages">The stages, in order.</param>
    /// <param name="create">Makes it with fresh weights; refuses a target that it is not for.</param>
    /// <param name="options">The defaults of its settings.</param>
    public static MethodDescriptor Describe(string name, string purpose, IReadOnlyList<string> stages, Func<VectorContext, VectorNetwork> create, object options) => new(
        name,
        experiment => [new(VectorStage, null), .. stages.Select((stage, i) => new StageSettings(stage, i == 0 ? VectorStage : stages[i - 1], MethodDescriptor.SettingsOf(experiment, name, options)))],
        (modalities, target, experiment) => new VectorMethod(stages, modalities, target, experiment, create))
    {
        Purpose = purpose,
        Options = options,
    };

    public override void Train(TrainingData data, IStageSequence stages)
    {
        stages.Fit(VectorStage, VectorModules, () => _vectors.Fit(data.TrainFeatures.Values, Presence.Of(data.Train)));
        using var rows = new VectorData(data, _seed, _vectors.Encode);
        _network.Train(_stages, rows, stages);
    }

    public override Tensor Predict(EncodedRows rows, ModalitySet observed)
    {
        using var scope = NewDisposeScope();
        var vectors = _vectors.Widths.Select((width, m) => observed.Contains(m) ? _vectors.Encode(m, rows.Features(m)) : zeros(rows.Count, width, device: rows.Features(m).device)).ToList();
        var given = stack([.. vectors.Select((x, m) => observed.Contains(m) ? ones(rows.Count, device: x.device) : zeros(rows.Count, device: x.device))], 1);
        return _network.Predict(new VectorBatch(vectors, given, ones_like(given))).MoveToOuterDisposeScope();
    }
}

/// <summary>What a network is made for.</summary>
/// <param name="Widths">Numbers of each modality's vector.</param>
/// <param name="Options">The settings of the experiment.</param>
internal sealed record VectorContext(IReadOnlyList<int> Widths, Target Target, ExperimentOptions Options);
