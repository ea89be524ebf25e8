namespace Amodal.Methods.TwoStage;

/// <summary>What must hold between the settings of an experiment; each setting's own range is on its record.</summary>
internal static class TwoStageRules
{
    /// <summary>The groups and settings that no other method has a use for.</summary>
    public static IReadOnlyList<string> Own { get; } = ["process", "objective", "conditioning", "recovery", "backbone", "sampler", "alignment", "score", "distillation", "stage2"];

    /// <summary>The faults of the options, none if they fit together.</summary>
    public static IReadOnlyList<OptionFault> Check(ExperimentOptions options) =>
        [.. Multiples(options), .. Process(options.Process), .. Sampler(options.Sampler), .. Objective(options), .. Guidance(options), .. Reflow(options), .. Distillation(options), .. Recovery(options)];

    /// <summary>The fault of giving an experiment of another method settings that do nothing there.</summary>
    /// <param name="start">The experiment without them.</param>
    public static IEnumerable<OptionFault> Idle(ExperimentOptions start, ExperimentOptions options)
    {
        string[] idle = [.. YamlOptions.Differences(start, options).Select(d => d.Key).Where(key => Own.Contains(key.Split('.')[0]))];
        if (idle.Length > 0)
        {
            yield return new OptionFault(idle, $"would do nothing: the method {options.Method} has no score networks. "
                + "Begin with two-stage-quality, two-stage-fast or two-stage-realtime, which were once called quality, fast and realtime, or leave this out.");
        }
    }

    private static IEnumerable<OptionFault> Objective(ExperimentOptions o)
    {
        var isFlow = o.Objective == Diffusion.Objective.Flow;
        if (isFlow != o.Sampler.IsFlow)
        {
            yield return new OptionFault(["objective", "sampler.kind"], isFlow
                ? $"objective flow learns a velocity, and {OptionNames.Of(o.Sampler.Kind)} follows a score; set sampler.kind to flow-euler, flow-midpoint or flow-heun."
                : $"{OptionNames.Of(o.Sampler.Kind)} follows the velocity of objective flow; set objective to flow, or another sampler.");
        }

        if (isFlow && o.Conditioning != Conditioning.Clean)
        {
            yield return new OptionFault(["objective", "conditioning"], $"objective flow is for clean conditions, not {OptionNames.Of(o.Conditioning)}; set conditioning to clean.");
        }

        if (o.Sampler.IsFlow && o.Sampler.Grid is not (GridKind.Uniform or GridKind.Even))
        {
            yield return new OptionFault(["sampler.grid", "sampler.kind"], $"flow samplers take even steps, and {OptionNames.Of(o.Sampler.Grid)} is a grid of the noise level; leave sampler.grid out.");
        }
    }

    private static IEnumerable<OptionFault> Guidance(ExperimentOptions o)
    {
        if (o.Sampler.Guidance == 0)
        {
            yield break;
        }

        if (o.Recovery == Diffusion.Recovery.Joint)
        {
            yield return new OptionFault(["sampler.guidance", "recovery"], "guides one modality at a time; set recovery to separate, or sampler.guidance to 0.");
        }

        if (o.Distillation.IsEnabled)
        {
            yield return new OptionFault(["sampler.guidance", "distillation.method"], "students learn what is not guided; set distillation.method to none, or sampler.guidance to 0.");
        }

        if (o.Sampler.IsGuidedByClassifier && o.Objective == Diffusion.Objective.Flow)
        {
            yield return new OptionFault(["sampler.guidedBy", "objective"], "the gradient of a classifier is added to a score, and objective flow learns a velocity; set sampler.guidedBy to classifier-free, or objective to score.");
        }

        if (o.Sampler.IsClassifierFree && o.Score.EmptyConditionRate == 0)
        {
            yield return new OptionFault(["sampler.guidance", "score.emptyConditionRate"],
                "classifier-free guidance needs networks that learned to recover from nothing, too; set score.emptyConditionRate over 0, such as 0.1, or sampler.guidance to 0.");
        }
    }

    private static IEnumerable<OptionFault> Recovery(ExperimentOptions o)
    {
        if (o.Recovery == Diffusion.Recovery.None && !o.Latents.Standardise)
        {
            yield return new OptionFault(["recovery", "latents.standardise"], "recovery none puts 0, which is the training mean of standardised latents only; set latents.standardise to true.");
        }
    }

    private static IEnumerable<OptionFault> Multiples(ExperimentOptions o)
    {
        var widthTimes = o.Backbone.WidthMultiple / o.Backbone.Heads;
        (string Key, int Value, string OfKey, int Of, int Times, bool IsUsed)[] multiples =
        [
            ("backbone.width", o.Backbone.Width, "backbone.heads", o.Backbone.Heads, widthTimes, true),
            ("distillation.backbone.width", o.Distillation.Backbone.Width, "distillation.backbone.heads", o.Distillation.Backbone.Heads,
                o.Distillation.Backbone.WidthMultiple / o.Distillation.Backbone.Heads, o.Distillation.IsEnabled),
            ("latents.channels", o.Latents.Channels, "fusion.heads", o.Fusion.Heads, 1, true),
            ("alignment.channels", o.Alignment.Channels, "alignment.reduction", o.Alignment.Reduction, 1, o.Alignment.Enabled),
        ];
        foreach (var m in multiples.Where(m => m.IsUsed && m.Value % (m.Of * m.Times) != 0))
        {
            var of = m.Of * m.Times;
            var (below, above) = (m.Value / of * of, ((m.Value / of) + 1) * of);
            var near = below > 0 ? $"{below} or {above}" : $"{above}";
            yield return new OptionFault([m.Key, m.OfKey], $"{m.Key} {m.Value} is not a multiple of {(m.Times == 1 ? "" : $"{m.Times} times ")}{m.OfKey} {m.Of}; nearest is {near}.");
        }

        if (o.Backbone.TimeWidth % 2 != 0)
        {
            yield return new OptionFault(["backbone.timeWidth"], $"is {o.Backbone.TimeWidth}; it must be even, half sines and half cosines.");
        }
    }

    private static IEnumerable<OptionFault> Reflow(ExperimentOptions o)
    {
        if (o.Score.Reflow && o.Objective != Diffusion.Objective.Flow)
        {
            yield return new OptionFault(["score.reflow", "objective"], "reflow straightens a flow; set objective to flow, or score.reflow to false.");
        }

        if (o.Score.Reflow && o.Recovery == Diffusion.Recovery.Joint)
        {
            yield return new OptionFault(["score.reflow", "recovery"], "pairs are made one modality at a time; set recovery to separate, or score.reflow to false.");
        }
    }

    private static IEnumerable<OptionFault> Distillation(ExperimentOptions o)
    {
        var d = o.Distillation;
        if (!d.IsEnabled)
        {
            yield break;
        }

        if (o.Method != TwoStageTraining.Descriptor.Name)
        {
            yield return new OptionFault(["distillation.method", "method"], $"students are of the method amodal, not {o.Method}; set distillation.method to none.");
        }

        if (o.Recovery != Diffusion.Recovery.Separate)
        {
            yield return new OptionFault(["distillation.method", "recovery"], $"a student recovers one modality from what is observed, and recovery is {OptionNames.Of(o.Recovery)}; set recovery to separate.");
        }

        if (o.Conditioning != Conditioning.Clean)
        {
            yield return new OptionFault(["distillation.method", "conditioning"], $"a student learns a deterministic path, and {OptionNames.Of(o.Conditioning)} conditions are drawn anew at every step; set conditioning to clean.");
        }

        if (!d.StepsHalve)
        {
            yield return new OptionFault(["distillation.teacherSteps", "distillation.evaluations"],
                $"{d.TeacherSteps} steps do not halve to {d.Evaluations}; give {d.Evaluations} times 2, 4, 8, 16 or 32.");
        }

        if (d.Backbone.TimeWidth % 2 != 0)
        {
            yield return new OptionFault(["distillation.backbone.timeWidth"], $"is {d.Backbone.TimeWidth}; it must be even, half sines and half cosines.");
        }
    }

    private static IEnumerable<OptionFault> Process(ProcessOptions process)
    {
        if (process.Kind is ProcessKind.VP or ProcessKind.SubVP && process.BetaMax <= process.BetaMin)
        {
            yield return new OptionFault(["process.betaMin", "process.betaMax"],
                FormattableString.Invariant($"betaMax {process.BetaMax} must be over betaMin {process.BetaMin}: noise grows with time."));
        }
    }

    private static IEnumerable<OptionFault> Sampler(SamplerOptions sampler)
    {
        var least = SamplingPlan.LeastNfe(sampler);
        if (sampler.Nfe < least)
        {
            string[] keys = sampler.Kind == SamplerKind.PredictorCorrector
                ? ["sampler.nfe", "sampler.kind", "sampler.correctorSteps"]
                : ["sampler.nfe", "sampler.kind"];
            yield return new OptionFault(keys, $"{sampler.Nfe} network evaluations are less than one step of {OptionNames.Of(sampler.Kind)}, which takes {least}.");
        }
    }
}
