
namespace Amodal.Methods.LinearFirst;

/// <summary>
/// Linear first: the conditional means of what is missing and a linear predictor in closed form, then a network from zero on top.
/// One stage, on random observed sets; the complete set is one of them.
/// </summary>
internal sealed class LinearFirstTraining : MethodTraining
{
    /// <summary>The stage of what has a closed form.</summary>
    public const string Closed = "closed-form";

    /// <summary>The stage of the network.</summary>
    public const string Residual = "residual-network";

    private readonly ExperimentOptions _experiment;
    private readonly LinearFirstModel _model;

    public LinearFirstTraining(IReadOnlyList<Modality> modalities, Target target, ExperimentOptions options)
    {
        _experiment = options;
        Baselines = new BaselineNetworks(modalities, options.ToModelOptions(target));
        _model = new LinearFirstModel(modalities, target.Width, Of(options));
    }

    /// <summary>Its line in the catalogue.</summary>
    public static MethodDescriptor Descriptor { get; } = new("linear-first", Stages, (modalities, target, options) => new LinearFirstTraining(modalities, target, options))
    {
        Options = new LinearFirstOptions(),
    };

    public override BaselineNetworks Baselines { get; }

    public override IReadOnlyList<(string Stage, IReadOnlyDictionary<string, nn.Module> Modules)> Checkpoints =>
    [
        (Closed, _model.Closed),
        .. _model.IsLinear ? Array.Empty<(string, IReadOnlyDictionary<string, nn.Module>)>() : [(Residual, new Dictionary<string, nn.Module> { ["network"] = _model.Network })],
    ];

    /// <summary>The closed form, and the network where there is one.</summary>
    public static IReadOnlyList<StageSettings> Stages(ExperimentOptions options)
    {
        StageSettings closed = new(Closed, null, Of(options).Components);
        return Of(options).Width == 0 ? [closed] : [closed, new(Residual, Closed, Of(options))];
    }

    public override void Train(TrainingData data, IStageSequence stages)
    {
        stages.Fit(Closed, _model.Closed, () => FitClosed(data));
        if (!_model.IsLinear)
        {
            using var residual = new ResidualStage(_model, Of(_experiment), data, (ulong)_experiment.Seed, Residual);
            stages.Run(residual);
        }
    }

    public override Tensor Predict(EncodedRows rows, ModalitySet observed) => _model.Predict(
        [.. _model.Gaussian.Sizes.Select((_, m) => observed.Contains(m) ? _model.Gaussian.Encode(m, rows.Features(m)) : null)], observed,
        _model.IsLinear ? null : _model.Network);

    private void FitClosed(TrainingData data)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (gaussian, modalities) = (_model.Gaussian, data.TrainFeatures.Values.Count);
        var (train, labels) = Complete(data.Train, data.TrainFeatures);
        var (valid, validLabels) = Complete(data.Valid, data.ValidFeatures);
        gaussian.Fit(train, valid);
        var all = ModalitySet.All(modalities);
        _model.Linear.Fit(gaussian.Fill([.. train.Select((x, m) => gaussian.Encode(m, x))], all), labels,
            gaussian.Fill([.. valid.Select((x, m) => gaussian.Encode(m, x))], all), validLabels, data.Target);

        // Rows that lack a modality tell nothing of how it goes with the others.
        (IReadOnlyList<Tensor> Features, Tensor Labels) Complete(Split rows, FeatureTensors features)
        {
            long[] complete = [.. Presence.Of(rows).Index().Where(p => p.Item.Count == modalities).Select(p => (long)p.Index)];
            var index = tensor(complete.Length > 1 ? complete : [.. Enumerable.Range(0, rows.Count).Select(i => (long)i)], device: data.Device);
            return ([.. features.Values.Select(x => x.index_select(0, index))], TargetLoss.Labels(rows.Labels, rows.Count, data.Device).index_select(0, index));
        }
    }

    private static LinearFirstOptions Of(ExperimentOptions experiment) => experiment.Methods.Of<LinearFirstOptions>();
}
