using static TorchSharp.torch.nn;

namespace Amodal.Methods.LinearFirst;

/// <summary>
/// Linear first: the conditional means of what is missing and a linear predictor in closed form, then a network from zero on top.
/// Trained on random observed sets; the complete set is one of them. Beside it, where asked, the strongest ways without recovery.
/// </summary>
internal sealed class LinearFirstTraining : MethodTraining
{
    /// <summary>The method's name.</summary>
    public const string Name = "linear-first";

    /// <summary>The stage of what has a closed form.</summary>
    public const string Closed = "closed-form";

    /// <summary>The stage of the networks.</summary>
    public const string Network = "network";

    /// <summary>The stage of the draws' network.</summary>
    public const string Diffusion = "diffusion";

    /// <summary>The stage of what the errors on the validation split say.</summary>
    public const string Sureness = "calibration";

    /// <summary>The rival that says how far it errs; the stage of that and of its calibration.</summary>
    public const string Single = "dropout-network";

    private const string SingleSteps = "dropout-network-variance"; // before validation says how large it is
    private const string Ensemble = "dropout-ensemble";
    private const string Direct = "direct-ridge";
    private const string Mixture = "mixture";
    private const string DiffusionSteps = "diffusion-network"; // before validation says whether it is kept
    private const int EnsembleMembers = 4;
    private const double LeastGain = 0.002; // by which the linear part of each set has to be better: what is open has a closed form without it

    private readonly IReadOnlyList<Modality> _modalities;
    private readonly Target _target;
    private readonly ExperimentOptions _experiment;
    private readonly ClosedForms _forms;
    private readonly IReadOnlyList<LinearFirstModel> _models; // ours first
    private readonly Calibration _calibration; // of ours
    private readonly (LinearFirstModel Model, Calibration Calibration)? _single; // of the ensemble's first network

    public LinearFirstTraining(IReadOnlyList<Modality> modalities, Target target, ExperimentOptions options)
    {
        (_modalities, _target, _experiment) = (modalities, target, options);
        Baselines = new BaselineNetworks(modalities, options, target);
        var gaussian = new JointGaussian(modalities, Of(options).Components);
        var kinds = Kinds(Of(options));
        _forms = new ClosedForms(gaussian, new LinearPredictor(gaussian.Sizes, target), kinds.Any(IsDirect) ? new DirectPredictor(gaussian.Sizes, target) : null,
            HasDiffusion(Of(options)) ? new GaussianDiffusion(gaussian, Of(options)) : null,
            HasMixture(Of(options)) ? new GaussianMixture(gaussian.Sizes) : null);
        _models = [.. kinds.Select(k => new LinearFirstModel(k.Name, _forms, target.Width, k.Options))];
        _calibration = new Calibration(_models[0], gaussian, target);
        if (_models.FirstOrDefault(m => m.Name == Ensemble)?.WithHead(Single) is { } single)
        {
            _single = (single, new Calibration(single, gaussian, target));
        }
    }

    /// <summary>Its line in the catalogue.</summary>
    public static MethodDescriptor Descriptor { get; } = new(Name, Stages, (modalities, target, options) => new LinearFirstTraining(modalities, target, options))
    {
        Options = new LinearFirstOptions(),
        Outlook = MethodOutlook.None with { Alone = run => run with { Methods = run.Methods.With(Name, Of(run) with { Rivals = false }) } },
    };

    public override BaselineNetworks Baselines { get; }

    public override IReadOnlyList<(string Stage, IReadOnlyDictionary<string, Module> Modules)> Checkpoints =>
    [
        (Closed, ClosedModules),
        .. _forms.Direct is null ? Array.Empty<(string, IReadOnlyDictionary<string, Module>)>() : [(Direct, DirectModules)],
        .. _forms.Mixture is null ? Array.Empty<(string, IReadOnlyDictionary<string, Module>)>() : [(Mixture, MixtureModules)],
        .. _models.Where(m => m.Networks.Count > 0).Select(m => (m.Name, m.Modules)),
        .. _forms.Diffusion is null ? Array.Empty<(string, IReadOnlyDictionary<string, Module>)>() : [(Diffusion, DiffusionModules)],
        (Sureness, CalibrationModules),
        .. _single is null ? Array.Empty<(string, IReadOnlyDictionary<string, Module>)>() : [(Single, SingleModules)],
    ];

    public override CertaintyAnswer? Certainty => CertaintyOf(_calibration);

    public override IReadOnlyList<(string Name, Answer Answer, CertaintyAnswer? Certainty)> Rivals =>
    [
        .. _models.Skip(1).Select(m => (m.Name, AnswerOf(m), (CertaintyAnswer?)null)),
        .. _single is { } single ? [(Single, AnswerOf(single.Model), CertaintyOf(single.Calibration))] : Array.Empty<(string, Answer, CertaintyAnswer?)>(),
    ];

    public override IEnumerable<Module> Answering =>
        new[] { ClosedModules, _forms.Mixture is null ? [] : MixtureModules, _models[0].Modules, _forms.Diffusion is null ? [] : DiffusionModules, CalibrationModules }.SelectMany(m => m.Values);

    private IReadOnlyDictionary<string, Module> ClosedModules => new Dictionary<string, Module> { ["gaussian"] = _forms.Gaussian, ["linear"] = _forms.Linear };

    private IReadOnlyDictionary<string, Module> DirectModules => new Dictionary<string, Module> { ["direct"] = _forms.Direct! };

    private Dictionary<string, Module> MixtureModules => new() { ["mixture"] = _forms.Mixture! };

    private Dictionary<string, Module> DiffusionModules => new() { ["network"] = _forms.Diffusion!.Network };

    private Dictionary<string, Module> CalibrationModules => new() { ["calibration"] = _calibration };

    private Dictionary<string, Module> SingleModules => new() { ["variance"] = _single!.Value.Model.Head!, ["calibration"] = _single.Value.Calibration };

    /// <summary>The closed forms, and the networks where there are any.</summary>
    public static IReadOnlyList<StageSettings> Stages(ExperimentOptions options)
    {
        var kinds = Kinds(Of(options));
        List<StageSettings> stages = [new(Closed, null, Of(options).Components)];
        if (kinds.Any(IsDirect))
        {
            stages.Add(new(Direct, Closed));
        }

        if (HasMixture(Of(options)))
        {
            stages.Add(new(Mixture, Closed, Of(options).Means));
        }

        foreach (var kind in kinds.Where(k => HasNetworks(k.Options)))
        {
            stages.AddRange(ResidualTraining.StagesOf(kind.Name, kind.Options).Select(stage => new StageSettings(stage, Closed, kind.Options with { Rivals = false, Draws = default })));
        }

        var last = HasNetworks(kinds[0].Options) ? kinds[0].Name : HasMixture(Of(options)) ? Mixture : Closed;
        if (HasDiffusion(Of(options)))
        {
            stages.AddRange([new(DiffusionSteps, last, Of(options) with { Rivals = false }), new(Diffusion, DiffusionSteps)]);
            last = Diffusion;
        }

        stages.Add(new(Sureness, last));
        return kinds.Any(k => k.Name == Ensemble) ? [.. stages, new(SingleSteps, Ensemble), new(Single, SingleSteps)] : stages;
    }

    public override void Train(TrainingData data, IStageSequence stages)
    {
        stages.Fit(Closed, ClosedModules, () => FitClosed(data));
        if (_forms.Direct is { } direct)
        {
            stages.Fit(Direct, DirectModules, () => FitDirect(direct, data));
        }

        using var rows = new ResidualRows(_forms.Gaussian, data);
        if (_forms.Mixture is { } mixture)
        {
            stages.Fit(Mixture, MixtureModules, () => FitMixture(mixture, rows));
        }

        foreach (var model in _models.Where(m => m.Networks.Count > 0))
        {
            ResidualTraining.Train(model, _forms.Gaussian, rows, (ulong)_experiment.Seed, stages);
        }

        if (_forms.Diffusion is { } diffusion)
        {
            TrainDiffusion(diffusion, rows, stages);
        }

        stages.Fit(Sureness, CalibrationModules, () => _calibration.Fit(rows.Valid.Numbers, data.Valid, (ulong)_experiment.Seed, data.Target));
        if (_single is { } single)
        {
            TrainSingle(single.Model, single.Calibration, rows, data, stages);
        }
    }

    public override Tensor Predict(EncodedRows rows, ModalitySet observed) => AnswerOf(_models[0])(rows, observed);

    public override void Export(string folder, Precision precision, IReadOnlyList<string>? paddedInFront, string source, CancellationToken stop)
    {
        if (precision != Precision.Float32)
        {
            throw new InputException(source, null, $"cannot be exported in {OptionNames.Of(precision)}: its method has no score networks. Leave out the precision.");
        }

        using (no_grad())
        using (NewDisposeScope())
        {
            var columns = (int)new FirstLayers(_forms, _models[0]).Bias(ModalitySet.All(_modalities.Count)).shape[0];
            AnswerGraph.CheckSize(_forms.Gaussian, CertaintyGraph.NeedsNumbers(_forms) ? Math.Max(columns, _forms.Gaussian.Numbers) : columns, source);
        }

        ExportFolder.Write(folder, stop, made =>
        {
            const string answer = "answer.onnx";
            const string certainty = "certainty.onnx";
            var features = Baselines.Statistics.ToStandardiser();
            AnswerGraph.Build(_modalities, features, _forms, _models[0]).Write(Path.Combine(made, answer));
            CertaintyGraph.Build(_modalities, features, _forms, _models[0], _calibration, (ulong)_experiment.Seed).Write(Path.Combine(made, certainty));
            new AnswerManifest
            {
                Format = AnswerManifest.CurrentFormat,
                Producer = ExportFolder.Producer,
                Opset = OnnxGraph.Opset,
                Modalities = _modalities,
                Target = _target is ScoreTarget ? null : _target.Spec,
                PaddedInFront = paddedInFront,
                Answer = answer,
                Certainty = certainty,
                Seed = (ulong)_experiment.Seed,
            }.Write(made);
        });
    }

    /// <summary>Ours, and the ways without recovery: by the same numbers and steps, with zeros in place of what is missing.</summary>
    private static List<(string Name, LinearFirstOptions Options)> Kinds(LinearFirstOptions ours)
    {
        var other = ours with { Fill = LinearFill.Zeros, Means = default, Members = 1, Rivals = false };
        var trained = other with { Linear = LinearPart.Trained };
        return !ours.Rivals ? [(Network, ours)] :
        [
            (Network, ours),
            ("ridge", other with { Linear = LinearPart.PerSet, Width = 0 }),
            ("ridge-residual", other with { Linear = LinearPart.PerSet }),
            (Ensemble, trained with { Teacher = 0, Members = EnsembleMembers }),
            (ResidualTraining.AlwaysTaught, trained with { Teacher = ours.Teacher > 0 ? ours.Teacher : new LinearFirstOptions().Teacher }),
        ];
    }

    private static bool IsDirect((string Name, LinearFirstOptions Options) kind) => kind.Options.Linear is LinearPart.PerSet or LinearPart.Chosen;

    private static bool HasNetworks(LinearFirstOptions options) => options.Width > 0 || options.Linear == LinearPart.Trained;

    private Answer AnswerOf(LinearFirstModel model) => (rows, observed) => model.Predict(Given(rows, observed), observed);

    private CertaintyAnswer CertaintyOf(Calibration calibration) => (rows, observed, seed, percent) => calibration.Of(Given(rows, observed), observed, seed, percent);

    private IReadOnlyList<Tensor?> Given(EncodedRows rows, ModalitySet observed) =>
        [.. _forms.Gaussian.Sizes.Select((_, m) => observed.Contains(m) ? _forms.Gaussian.Encode(m, rows.Features(m)) : null)];

    private void FitClosed(TrainingData data)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (gaussian, present) = (_forms.Gaussian, Incomplete(data.Train));
        var (valid, validLabels) = Complete(data);
        gaussian.Fit(data.TrainFeatures.Values, valid, present);
        var numbers = Numbers(data.TrainFeatures.Values);
        foreach (var set in present?.Distinct().Where(set => !set.IsEmpty) ?? [])
        {
            // The prediction from conditional means has the weights of that from complete rows.
            var index = tensor([.. present!.Index().Where(p => p.Item == set).Select(p => (long)p.Index)], device: data.Device);
            numbers.index_copy_(0, index, gaussian.Fill(numbers.index_select(0, index).split([.. gaussian.Sizes.Select(s => (long)s)], 1), set));
        }

        using var moments = new LabelMoments(gaussian.Numbers, data.Target);
        moments.Fit(numbers.to(ScalarType.Float64), TargetLoss.Labels(data.Train.Labels, data.Train.Count, data.Device));
        _forms.Linear.Fit(moments, Numbers(valid), validLabels);
    }

    private void FitMixture(GaussianMixture mixture, ResidualRows rows)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        mixture.Fit(_forms.Gaussian, Complete(rows.Train), Complete(rows.Valid), (ulong)_experiment.Seed);
        mixture.IsUsed = Of(_experiment).Means == LinearMeans.Mixture;

        static Tensor Complete(ResidualRows.Part part)
        {
            var index = tensor(part.Complete.ToArray(), device: part.Labels.device);
            return cat([.. part.Numbers.Select(x => x.index_select(0, index))], 1);
        }
    }

    private void TrainDiffusion(GaussianDiffusion diffusion, ResidualRows rows, IStageSequence stages)
    {
        if (rows.Train.Complete.Count == 0 || rows.Valid.Complete.Count == 0)
        {
            throw new InputException("linear-first", "draws",
                "is diffusion, which learns from utterances that have every modality, and the training or the validation split has none; use closed-form.");
        }

        var seed = (ulong)_experiment.Seed;
        Stage.SeedTorch(new StableRandom(seed, StableRandom.KeyOf("weights"), StableRandom.KeyOf(Diffusion)).NextUInt64());
        using var fresh = diffusion.CreateNetwork();
        diffusion.Network.load_state_dict(fresh.state_dict());
        diffusion.Scale(diffusion.Network);
        using var stage = new DiffusionStage(DiffusionSteps, seed, diffusion, rows, [.. ObservedSets.Some(_modalities.Count).Where(set => set.Count < _modalities.Count)]);
        stages.Run(stage);
        stages.Fit(Diffusion, DiffusionModules, stage.Choose);
    }

    private void TrainSingle(LinearFirstModel model, Calibration calibration, ResidualRows rows, TrainingData data, IStageSequence stages)
    {
        var seed = (ulong)_experiment.Seed;
        using var scales = _forms.Gaussian.Scales();
        using (var fresh = ResidualTraining.Fresh(model, SingleSteps, scales, seed, data.Device))
        {
            model.Head!.load_state_dict(fresh.state_dict());
        }

        using var stage = new VarianceStage(SingleSteps, seed, model, rows, ObservedSets.Some(_modalities.Count));
        if (stage.HasScores)
        {
            stages.Run(stage);
        }
        else
        {
            stages.Fit(SingleSteps, stage.Result, () => { }); // a class's probabilities say how sure it is
        }

        stages.Fit(Single, SingleModules, () =>
        {
            stage.Match();
            calibration.Fit(rows.Valid.Numbers, data.Valid, seed, data.Target);
        });
    }

    private void FitDirect(DirectPredictor direct, TrainingData data)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (valid, validLabels) = Complete(data);
        var held = Incomplete(data.Train) is { } present ? cat([.. _forms.Gaussian.Sizes.Select((size, m) =>
            tensor([.. present.Select(set => set.Contains(m) ? 1.0 : 0)], device: data.Device).unsqueeze(1).expand(-1, size))], 1) : null;
        direct.Moments.Fit(Numbers(data.TrainFeatures.Values).to(ScalarType.Float64), TargetLoss.Labels(data.Train.Labels, data.Train.Count, data.Device), held);
        direct.Fit(Numbers(valid), validLabels);
        // What rows without a label tell of the others comes by the recovered means alone, and shows only with the network.
        direct.IsBetter = data.Labelled.Count == data.Train.Count && Loss(set => direct.Predict(Numbers(valid), set)) < (1 - LeastGain) * Loss(set =>
            _forms.Linear.Predict(_forms.Gaussian.Fill([.. valid.Select((x, m) => set.Contains(m) ? _forms.Gaussian.Encode(m, x) : null)], set)));

        double Loss(Func<ModalitySet, Tensor> predict) => _forms.Gaussian.Tried.Average(set =>
        {
            using var inner = NewDisposeScope();
            return TargetLoss.Mean(data.Target, TargetLoss.Heads(predict(set)), validLabels).item<float>();
        });
    }

    private Tensor Numbers(IReadOnlyList<Tensor> features) => cat([.. features.Select((x, m) => _forms.Gaussian.Encode(m, x))], 1);

    /// <summary>The modalities of each row; null where each has all.</summary>
    private static IReadOnlyList<ModalitySet>? Incomplete(Split rows) => Presence.OfAll([rows]);

    /// <summary>The validation rows that have every modality; all where hardly one has.</summary>
    private static (IReadOnlyList<Tensor> Features, Tensor Labels) Complete(TrainingData data)
    {
        var (rows, features) = (data.Valid, data.ValidFeatures.Values);
        long[] complete = [.. Presence.Of(rows).Index().Where(p => p.Item.Count == features.Count).Select(p => (long)p.Index)];
        var index = tensor(complete.Length > 1 ? complete : [.. Enumerable.Range(0, rows.Count).Select(i => (long)i)], device: data.Device);
        return ([.. features.Select(x => x.index_select(0, index))], TargetLoss.Labels(rows.Labels, rows.Count, data.Device).index_select(0, index));
    }

    private static bool HasDiffusion(LinearFirstOptions options) => options is { Draws: LinearDraws.Diffusion, Width: > 0 };

    // Without a network nothing but the mean's own error could choose it.
    private static bool HasMixture(LinearFirstOptions options) =>
        options.Fill == LinearFill.Means && (options.Means == LinearMeans.Mixture || (options.Means == LinearMeans.Chosen && HasNetworks(options)));

    private static LinearFirstOptions Of(ExperimentOptions experiment) => experiment.Methods.Of<LinearFirstOptions>();
}
