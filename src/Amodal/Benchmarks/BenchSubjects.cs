using Amodal.Configuration;
using Amodal.Data;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Sampling;
using Amodal.Export;
using Amodal.Reproduction;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Benchmarks;

/// <summary>Opens what a user names: a trained run, or an experiment whose networks are made fresh, since random weights cost what trained ones do.</summary>
public static class BenchSubjects
{
    /// <summary>The shapes of CMU-MOSI's aligned features: text, acoustic, vision.</summary>
    public static IReadOnlyList<Modality> Mosi { get; } = [new("text", 50, 768), new("acoustic", 50, 5), new("vision", 50, 20)];

    /// <summary>Opens a run directory, the folder of an exported model, a preset by its name, or an experiment by its file.</summary>
    /// <param name="source">Which.</param>
    /// <param name="nfe">Network evaluations instead of its own; null keeps them.</param>
    /// <param name="precision">What the score networks of all but an exported model, which has its own, are computed in; the subject's name tells bfloat16.</param>
    /// <exception cref="InputException">It is none of them, or cannot be loaded.</exception>
    public static IBenchSubject Open(string source, int? nfe = null, Precision precision = Precision.Float32)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        if (IsRun(source))
        {
            return IsExport(source) ? new OnnxSubject(source, nfe) : OpenRun(source, nfe, precision);
        }

        return Fresh(source, Experiment(source), nfe, precision);
    }

    /// <summary>Whether a name means a run directory: a folder, unless a preset is called so (./NAME is the folder then).</summary>
    public static bool IsRun(string source) => !Catalogue.Presets.Contains(source) && Directory.Exists(source);

    /// <summary>Whether a name means an exported model.</summary>
    public static bool IsExport(string source) =>
        IsRun(source) && File.Exists(Path.Combine(source, ExportManifest.FileName)) && !File.Exists(Path.Combine(source, "config.yaml"));

    private static ModelSubject OpenRun(string path, int? nfe, Precision precision)
    {
        var run = TrainedRun.Load(path, CPU, precision);
        try
        {
            return new ModelSubject(Name(Path.GetFileName(run.Directory.Path), precision), run.Method, run.Manifest.Modalities, run.Floors.Statistics.ToStandardiser(),
                With(run.Method.Sampler, nfe), run);
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    private static ModelSubject Fresh(string source, ExperimentOptions options, int? nfe, Precision precision)
    {
        Stage.SeedTorch((ulong)options.Seed);
        var method = MethodTraining.Create(Mosi, options);
        try
        {
            method.Floors.MoveTo(CPU);
            method.Model.MoveTo(CPU);
            method.Use(precision, source);
            return new ModelSubject(Name(Path.GetFileNameWithoutExtension(source), precision), method.Model, Mosi, method.Floors.Statistics.ToStandardiser(),
                With(method.Model.Sampler, nfe), new Owned(method));
        }
        catch
        {
            method.Dispose();
            throw;
        }
    }

    private static ExperimentOptions Experiment(string source)
    {
        if (Catalogue.Presets.Contains(source))
        {
            return YamlOptions.Parse<ExperimentOptions>(Catalogue.Preset(source), source, [], ExperimentRules.Check);
        }

        return File.Exists(source) ? ExperimentFile.Load(source) : throw new InputException(source, null,
            $"is no run directory, no experiment file and no preset; presets are {string.Join(", ", Catalogue.Presets)}.");
    }

    private static string Name(string name, Precision precision) => precision == Precision.Float32 ? name : $"{name}-{OptionNames.Of(precision)}";

    private static SamplerOptions With(SamplerOptions sampler, int? nfe) => nfe is { } count ? sampler with { Nfe = count } : sampler;

    private sealed class Owned(MethodTraining method) : IDisposable
    {
        public void Dispose() => method.Dispose();
    }
}
