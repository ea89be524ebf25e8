using Amodal.Engines;

namespace Amodal.Benchmarks;

/// <summary>Opens what a user names: a trained run, or an experiment whose networks are made fresh, since random weights cost what trained ones do.</summary>
internal static class BenchSubjects
{
    /// <summary>The shapes of CMU-MOSI's aligned features: text, acoustic, vision.</summary>
    public static IReadOnlyList<Modality> Mosi { get; } = [new("text", 50, 768), new("acoustic", 50, 5), new("vision", 50, 20)];

    /// <summary>What computes runs and fresh networks.</summary>
    public const string Torch = "torch";

    /// <summary>What computes exports.</summary>
    public const string Onnx = "onnx";

    /// <summary>The presets that can be measured untrained: those that sample.</summary>
    public static IReadOnlyList<string> FreshPresets => [.. Presets.Names.Where(name =>
    {
        var options = ExperimentFile.Preset(name);
        return MethodCatalogue.Of(options.Method).Outlook.Sampler(options) is not null;
    })];

    /// <summary>Opens a run directory, the folder of an exported model, a preset by its name, or an experiment by its file.</summary>
    /// <param name="nfe">Network evaluations instead of its own; null keeps them.</param>
    /// <param name="precision">What the score networks of all but an exported model, which has its own, are computed in; the subject's name tells bfloat16.</param>
    /// <param name="name">What tables call it; the last part of its path unless given (<see cref="Names"/>).</param>
    public static IBenchSubject Open(string source, int? nfe = null, Precision precision = Precision.Float32, string? name = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        var called = name ?? Names([source])[0];
        if (IsRun(source))
        {
            return !IsExport(source) ? OpenRun(source, called, nfe, precision)
                : AnswerManifest.IsIn(source) ? new MethodSubject(called, Onnx, threads => OnnxAnswer.Load(source, threads))
                : new OnnxSubject(source, nfe, called);
        }

        return Fresh(called, ExperimentFile.Load(source), nfe, precision);
    }

    /// <summary>What several are called: the last part of each path, and so much more of it that no two are called alike.</summary>
    /// <param name="sources">What they were named by, each another.</param>
    public static IReadOnlyList<string> Names(IReadOnlyList<string> sources)
    {
        var paths = sources.Select(Parts).ToList();
        return [.. paths.Select(path => Enumerable.Range(1, path.Length).Select(n => Tail(path, n))
            .FirstOrDefault(name => paths.Count(other => Tail(other, name.Count(c => c == '/') + 1) == name) == 1) ?? Tail(path, path.Length))];

        static string Tail(string[] path, int parts) => string.Join('/', path.TakeLast(parts));
    }

    private static string[] Parts(string source)
    {
        if (Presets.Has(source))
        {
            return [source];
        }

        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(source));
        return (Directory.Exists(path) ? path : Path.ChangeExtension(path, null)).Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Whether a name means a run directory: a folder, unless a preset is called so (./NAME is the folder then).</summary>
    public static bool IsRun(string source) => !Presets.Has(source) && Directory.Exists(source);

    /// <summary>Whether a name means an exported model.</summary>
    public static bool IsExport(string source) =>
        IsRun(source) && File.Exists(Path.Combine(source, ExportManifest.FileName)) && !File.Exists(Path.Combine(source, "config.yaml"));

    private static IBenchSubject OpenRun(string path, string name, int? nfe, Precision precision)
    {
        var run = TrainedRun.Load(path, CPU, precision);
        try
        {
            return !run.Recovers ? new MethodSubject(name, Torch, _ => run.CreateMethod(isOwner: true))
                : new ModelSubject(Name(name, precision), run.Method, run.Manifest.Modalities, run.Baselines.Statistics.ToStandardiser(),
                With(run.Method.Sampler, nfe), run);
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    private static ModelSubject Fresh(string name, ExperimentOptions options, int? nfe, Precision precision)
    {
        Stage.SeedTorch((ulong)options.Seed);
        var method = MethodCatalogue.Of(options.Method).Create(Mosi, Target.Score, options);
        try
        {
            method.MoveTo(CPU);
            method.Use(precision, name);
            var model = method.Recovery ?? throw new InputException(name, null, $"is of the method '{options.Method}', which recovers nothing that could be measured fresh. Name a run of it, or an export.");
            return new ModelSubject(Name(name, precision), model, Mosi, method.Baselines.Statistics.ToStandardiser(), With(model.Sampler, nfe), method);
        }
        catch
        {
            method.Dispose();
            throw;
        }
    }

    private static string Name(string name, Precision precision) => precision == Precision.Float32 ? name : $"{name}-{OptionNames.Of(precision)}";

    private static SamplerOptions With(SamplerOptions sampler, int? nfe) => nfe is { } count ? sampler with { Nfe = count } : sampler;
}

/// <summary>Utterances that mean nothing: what they cost is what any cost.</summary>
internal static class RandomUtterances
{
    /// <summary>Draws utterances with normal features; the same arguments give the same.</summary>
    public static Split Draw(IReadOnlyList<Modality> modalities, int count, long first = 0) => new(
        "test",
        [.. Enumerable.Range(0, count).Select(i => $"random-{first + i}")],
        new float[count],
        [.. modalities.Select((m, index) => Features(m, count, new StableRandom(1, (ulong)first, (ulong)index)))]);

    private static FeatureArray Features(Modality modality, int count, StableRandom random)
    {
        var values = new float[checked(count * modality.RowSize)];
        random.FillNormal(values);
        return new FeatureArray(modality, values);
    }
}
