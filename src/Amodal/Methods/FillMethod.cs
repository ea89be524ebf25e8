using static TorchSharp.torch.nn;

namespace Amodal.Methods;

/// <summary>
/// A method that recovers missing latents of the classifier of complete data, which every run has, and lets that predict. Encoders
/// and fusion are so the same for all of these, and trained once; what they differ in is a <see cref="LatentFill"/>.
/// </summary>
internal sealed class FillMethod : MethodTraining
{
    private const string NumbersStage = "latent-numbers";
    private readonly string _name;
    private readonly LatentNumbers _numbers;
    private readonly LatentFill _fill;

    private FillMethod(string name, IReadOnlyList<Modality> modalities, Target target, ExperimentOptions options, Func<FillContext, LatentFill> create)
    {
        Baselines = new BaselineNetworks(modalities, options.ToModelOptions(target));
        _name = name;
        _numbers = new LatentNumbers(Baselines.Complete.Encoders.Shapes);
        _fill = create(new FillContext(_numbers.Layout, target, options));
    }

    public override BaselineNetworks Baselines { get; }

    public override IReadOnlyList<(string Stage, IReadOnlyDictionary<string, Module> Modules)> Checkpoints =>
        [(NumbersStage, ModulesOf(_numbers)), (_name, ModulesOf(_fill))];

    /// <summary>The line in the catalogue of a method that fills.</summary>
    /// <param name="purpose">What it is, and what it costs.</param>
    /// <param name="create">Makes it, empty; refuses a target that it is not for.</param>
    /// <param name="options">The defaults of its settings; null where it has none.</param>
    public static MethodDescriptor Describe(string name, string purpose, Func<FillContext, LatentFill> create, object? options = null) => new(
        name,
        experiment => [new(NumbersStage, BaselineStages[0], experiment.Latents.Standardise), new(name, NumbersStage, MethodDescriptor.SettingsOf(experiment, name, options))],
        (modalities, target, experiment) => new FillMethod(name, modalities, target, experiment, create))
    {
        Purpose = purpose,
        Options = options,
    };

    /// <summary>A module as a checkpoint's.</summary>
    public static IReadOnlyDictionary<string, Module> ModulesOf(Module module) => new Dictionary<string, Module> { [module is LatentNumbers ? "numbers" : "fill"] = module };

    public override void Train(TrainingData data, IStageSequence stages)
    {
        using var train = Baselines.Encode(data.Train, data.TrainFeatures);
        using var valid = Baselines.Encode(data.Valid, data.ValidFeatures);
        stages.Fit(NumbersStage, ModulesOf(_numbers), () => _numbers.Fit(train.Latents, Presence.Of(data.Train)));
        using var rows = new FillData(_numbers.Layout, data, _numbers.Encode(train.Latents), _numbers.Encode(valid.Latents), Fuse);
        _fill.Train(_name, rows, stages);
    }

    public override Tensor Predict(EncodedRows rows, ModalitySet observed)
    {
        using var scope = NewDisposeScope();
        var latents = _numbers.Layout.Sizes.Select((_, m) => observed.Contains(m) ? rows.Latents(m) : null).ToList();
        var numbers = _numbers.Encode(latents);
        var filled = observed == _numbers.Layout.All ? numbers : _fill.Fill(new FillRows(numbers, rows.Keys, () => Fuse(numbers, latents)), observed);
        return Fuse(filled, latents).MoveToOuterDisposeScope();
    }

    private Tensor Fuse(Tensor numbers) => Fuse(numbers, [.. _numbers.Layout.Sizes.Select(_ => (Tensor?)null)]);

    private Tensor Fuse(Tensor numbers, IReadOnlyList<Tensor?> latents) =>
        Baselines.Complete.Fusion.Predict([.. latents.Select((x, m) => Baselines.LatentScale.Restore(m, x ?? _numbers.Decode(m, numbers)))]);
}
