using Amodal.Configuration;
using Amodal.Data;
using Amodal.Diffusion;
using Amodal.Diffusion.Sampling;
using Amodal.Methods.Baselines;
using Amodal.Training;

namespace Amodal.Reproduction;

/// <summary>What differs between the methods that a row can train.</summary>
internal static class RunMethod
{
    /// <summary>The sampler that a run is configured with.</summary>
    public static SamplerOptions Sampler(ExperimentOptions run) => run.Method == MethodKind.Imder ? run.Imder.Sampler
        : run.Distillation.IsEnabled ? run.Distillation.SamplerOf(run.Objective) : run.Sampler;

    /// <summary>Network evaluations per missing modality; 0 where nothing is sampled.</summary>
    public static int Nfe(ExperimentOptions run, SamplerOptions sampler) =>
        run is { Method: MethodKind.Amodal, Recovery: Recovery.None } ? 0 : SamplingPlan.Create(sampler).Nfe;

    /// <summary>The run with another sampler.</summary>
    public static ExperimentOptions WithSampler(ExperimentOptions run, SamplerOptions sampler) => run.Method == MethodKind.Imder
        ? run with { Imder = run.Imder with { Sampler = sampler } } : run with { Sampler = sampler };

    /// <summary>The run without the settings that its method does not see: what is the same training is then the same run.</summary>
    public static ExperimentOptions Essence(ExperimentOptions run) => run.Method == MethodKind.Amodal ? run with { Imder = new() } : new ExperimentOptions
    {
        Name = run.Name,
        Method = run.Method,
        Seed = run.Seed,
        Threads = run.Threads,
        Latents = run.Latents,
        Fusion = run.Fusion,
        Classifier = run.Classifier,
        Imder = run.Imder,
    };

    /// <summary>A run in a few words: method, process, network, conditioning, sampler.</summary>
    public static string Describe(ExperimentOptions run)
    {
        var sampler = Sampler(run);
        string[] words = run.Method == MethodKind.Imder ? [OptionNames.Of(run.Method)]
            : run.Recovery == Recovery.None ? ["no-diffusion"]
            : [OptionNames.Of(run.Process.Kind), OptionNames.Of(run.Backbone.Kind), OptionNames.Of(run.Conditioning)];
        return string.Join('-', [.. words, $"{OptionNames.Of(sampler.Kind)}{sampler.Nfe}"]);
    }

    /// <summary>Why a run cannot be trained on data of these modalities; null where it can.</summary>
    public static string? Misfit(ExperimentOptions run, IReadOnlyList<Modality> modalities) =>
        run.Method == MethodKind.Amodal && run.Conditioning == Conditioning.Shared && run.Recovery != Recovery.None && modalities.Select(m => m.Length).Distinct().Count() > 1
            ? "shared conditioning gives target and condition the same noise, and needs modalities of one length" : null;
}
