using TorchSharp;

namespace Amodal.Methods.TwoStage;

/// <summary>The two-stage method: score networks on the frozen latents of the baselines' classifier, then alignment decoders and fusion.</summary>
internal sealed class TwoStageTraining : MethodTraining
{
    private readonly ExperimentOptions _options;
    private readonly TwoStageModel _model;

    public TwoStageTraining(IReadOnlyList<Modality> modalities, Target target, ExperimentOptions options)
    {
        _options = options;
        _model = new TwoStageModel(modalities, options, (ulong)options.Seed, target);
        CheckShapes();
    }

    /// <summary>Its line in the catalogue.</summary>
    public static MethodDescriptor Descriptor { get; } = new("amodal", Stages, (modalities, target, options) => new TwoStageTraining(modalities, target, options))
    {
        Check = TwoStageRules.Check,
        Outlook = TwoStageOutlook.Of,
    };

    public override BaselineNetworks Baselines => _model.Baselines;

    public override IRecoveryModel Recovery => _model;

    public override IEnumerable<nn.Module> Answering => [_model.Baselines.Complete.Encoders, .. base.Answering];

    public override IReadOnlyList<(string Stage, IReadOnlyDictionary<string, nn.Module> Modules)> Checkpoints
    {
        get
        {
            var checkpoints = new List<(string, IReadOnlyDictionary<string, nn.Module>)>();
            if (HasScores)
            {
                checkpoints.Add((HasReflow ? "reflow" : "score", new Dictionary<string, nn.Module> { ["scores"] = _model.Scores }));
            }

            if (_model.Students is { } students)
            {
                checkpoints.Add((DistillationRounds.Last, new Dictionary<string, nn.Module> { ["students"] = students }));
            }

            checkpoints.AddRange(_model.Guide?.Checkpoints ?? []);
            checkpoints.Add(("recovery", new Dictionary<string, nn.Module> { ["decoders"] = _model.Decoders, ["fusion"] = _model.Fusion }));
            return checkpoints;
        }
    }

    private bool HasReflow => _options.Score.Reflow;

    private bool HasScores => _options.Recovery != Diffusion.Recovery.None;

    /// <summary>Score networks, their straightened flow, their students and what guides them where there are any, then decoders and fusion: each goes on from the one before.</summary>
    public static IReadOnlyList<StageSettings> Stages(ExperimentOptions options)
    {
        var o = options;
        (string Name, object[] Settings)[] stages =
        [
            .. o.Recovery == Diffusion.Recovery.None ? [] : ((string, object[])[])
            [
                ("score", [o.Latents, o.Objective, o.Process, o.Conditioning, o.Recovery, o.Backbone, o.Score.WithoutReflow()]),
                .. !o.Score.Reflow ? [] : ((string, object[])[])[("reflow", [o.Score])],
                .. DistillationRounds.Of(o.Distillation).Select(r => (r.Stage, (object[])[o.Distillation])),
                .. !o.Sampler.IsGuidedByClassifier ? [] : ((string, object[])[])[("guide-label", [o.Classifier]), ("guide", [o.Classifier])],
            ],
            ("recovery", [o.Latents, o.Recovery, o.Sampler, o.Alignment, o.Stage2]),
        ];
        return [.. stages.Select((s, i) => new StageSettings(s.Name, i == 0 ? MethodTraining.BaselineStages[0] : stages[i - 1].Name, s.Settings))];
    }

    public override void Train(TrainingData data, IStageSequence stages)
    {
        var seed = (ulong)_options.Seed;
        using var train = _model.Encode(data.Train, data.TrainFeatures);
        using var valid = _model.Encode(data.Valid, data.ValidFeatures);
        if (HasScores)
        {
            // Torch's generator is where the stages before left it, or at its start where they were loaded: the weights must not depend on that.
            Stage.SeedTorch(new StableRandom(seed, StableRandom.KeyOf("score-weights")).NextUInt64());
            using var live = _model.CreateScoreNetworks(seed);
            live.to(data.Device);
            stages.Run(new ScoreStage(_model, _options.Score, train, valid, live, seed));
            Reflow(train, valid, data.Device, stages);
            Distil(train, valid, data.Device, stages);
        }

        using var labelled = data.OfLabelled(train); // where it is the same store, it is disposed of twice, which does no harm
        if (_model.Guide is { } guide)
        {
            CopyWeights(_model.Complete.Fusion, guide.Label);
            stages.Run(guide.LabelStage(labelled, valid, seed));
            stages.Run(guide.NoisyStage(labelled, valid, seed));
        }

        CopyWeights(_model.Complete.Fusion, _model.Fusion); // stage 2 starts from the fusion that stage 1a trained
        using var recovery = new RecoveryStage(_model, _options.Stage2, labelled, valid, seed);
        stages.Run(recovery);
    }

    public override void Use(Precision precision, string source)
    {
        if (precision == Precision.Bfloat16)
        {
            _model.UseBfloat16();
            return;
        }

        base.Use(precision, source);
    }

    public override void Export(string folder, Precision precision, IReadOnlyList<string>? paddedInFront, string source, CancellationToken stop) =>
        ModelExporter.Export(_model, (ulong)_options.Seed, folder, precision, paddedInFront, stop);

    private void CheckShapes()
    {
        if (_options.Conditioning == Conditioning.Shared && _model.Shapes.Distinct().Count() > 1)
        {
            var latents = string.Join(", ", _model.Modalities.Zip(_model.Shapes, (m, s) => $"{m.Name} ({s.Channels}, {s.Length})"));
            Dispose();
            throw new InputException("conditioning", null, $"shared needs latents of one shape, and these have {latents}; choose clean or independent.");
        }
    }

    private void Reflow(LatentStore train, LatentStore valid, Device device, IStageSequence stages)
    {
        if (!HasReflow)
        {
            return;
        }

        var seed = (ulong)_options.Seed;
        using var flow = CopyOf(_model.Scores, _model.CreateScoreNetworks(seed), device);
        using var live = CopyOf(_model.Scores, _model.CreateScoreNetworks(seed), device);
        using var stage = new ReflowStage(_model, _options.Score, train, valid, flow, live, seed);
        stages.Run(stage);
    }

    /// <summary>Every round's student begins as the one before ended, and learns from it; the first learns from the score networks.</summary>
    private void Distil(LatentStore train, LatentStore valid, Device device, IStageSequence stages)
    {
        if (_model.Students is not { } students)
        {
            return;
        }

        var seed = (ulong)_options.Seed;
        Stage.SeedTorch(new StableRandom(seed, StableRandom.KeyOf("student-weights")).NextUInt64());
        using (var fresh = _model.CreateStudents(seed))
        {
            CopyWeights(fresh, students);
        }

        foreach (var (round, (name, steps)) in DistillationRounds.Of(_options.Distillation).Index())
        {
            using var before = round == 0 ? null : CopyOf(students, _model.CreateStudents(seed), device);
            using var live = CopyOf(students, _model.CreateStudents(seed), device);
            using var stage = new DistillationStage(name, _model, steps, train, valid, before, live, seed);
            stages.Run(stage);
        }
    }

    private static ScoreNetworks CopyOf(ScoreNetworks from, ScoreNetworks to, Device device)
    {
        to.to(device);
        CopyWeights(from, to);
        to.eval();
        return to;
    }

    private static void CopyWeights(nn.Module from, nn.Module to)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var target = to.state_dict();
        foreach (var (name, x) in from.state_dict())
        {
            target[name].copy_(x);
        }
    }
}

/// <summary>The stages of a distillation: one, or one for each halving of the steps, each with a checkpoint of its own.</summary>
internal static class DistillationRounds
{
    /// <summary>Name of the stage whose result is the student.</summary>
    public const string Last = "distillation";

    /// <summary>The stages' names with the student's steps in each, in order; none without distillation.</summary>
    public static IReadOnlyList<(string Stage, int Steps)> Of(DistillationOptions options) => options.Method switch
    {
        DistillationMethod.None => [],
        DistillationMethod.Progressive => [.. Halvings(options).Select(steps => (steps == options.Evaluations ? Last : $"{Last}-{steps}", steps))],
        _ => [(Last, options.Evaluations)],
    };

    private static IEnumerable<int> Halvings(DistillationOptions options)
    {
        for (var steps = options.TeacherSteps / 2; steps >= options.Evaluations; steps /= 2)
        {
            yield return steps;
        }
    }
}
