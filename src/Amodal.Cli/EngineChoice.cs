using Amodal.Export;

namespace Amodal.Cli;

/// <summary>Which engine uses a folder. What torch needs is in other methods, so that nothing of it is loaded for the ONNX engine.</summary>
internal static class EngineChoice
{
    public static Option<string?> Option() => new("--engine")
    {
        Description = "What computes: torch, for a run (its default), or onnx, for an exported model (its default), which loads no libtorch.",
    };

    /// <summary>The engine asked for, or the one that the folder is for.</summary>
    public static EngineKind Of(string? name, IReadOnlyList<string> folders)
    {
        EngineKind? asked = name is null ? null : OptionNames.TryParse<EngineKind>(name, out var kind) ? kind : throw new InputException(
            "--engine", null, $"'{name}' is not known; give one of {string.Join(", ", OptionNames.All<EngineKind>())}.");
        var engine = asked ?? (IsExport(folders[0]) ? EngineKind.Onnx : EngineKind.Torch);
        foreach (var folder in folders)
        {
            Check(folder, engine);
        }

        return engine;
    }

    /// <summary>Loads an export; a sampler's settings are for one that samples.</summary>
    /// <param name="name">Its name in tables; null takes the folder's.</param>
    public static IMethod LoadOnnx(string folder, string device, int threads, string? name = null, string? sampler = null, int? nfe = null, double? guidance = null, ulong? seed = null)
    {
        if (device != "cpu")
        {
            throw new InputException("--device", null, $"is {device}, but the ONNX engine computes on the cpu only; leave it out, or give the run to the torch engine.");
        }

        var count = ThreadCount.Of(threads, "--threads");
        if (AnswerManifest.IsIn(folder))
        {
            _ = SharedOptions.With(null, sampler, nfe, guidance, folder); // it has none
            return OnnxAnswer.Load(folder, count, name);
        }

        var model = OnnxModel.Load(folder, count);
        try
        {
            return new OnnxMethod(model, name, model.Manifest.Sampler.With(sampler, nfe, guidance), seed);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static void Check(string folder, EngineKind engine)
    {
        if (engine == EngineKind.Onnx && IsRun(folder))
        {
            throw new InputException(folder, null,
                $"is a run, which the ONNX engine cannot read. Export it once, 'amodal export {folder} -o {folder.TrimEnd('/')}-onnx', and give that folder.");
        }

        if (engine == EngineKind.Torch && IsExport(folder))
        {
            throw new InputException(folder, null, "is an exported model, which the torch engine cannot read; give the run it was made from, or --engine onnx.");
        }
    }

    // Both have a manifest.json; only a run has its configuration beside it.
    private static bool IsRun(string folder) => File.Exists(Path.Combine(folder, "config.yaml"));

    private static bool IsExport(string folder) => !IsRun(folder) && File.Exists(Path.Combine(folder, ExportManifest.FileName));
}

/// <summary>What score networks are computed in. An exported model's was chosen when it was exported.</summary>
internal static class PrecisionChoice
{
    /// <summary>What the torch engine computes in.</summary>
    public static IReadOnlyList<Precision> OfTorch { get; } = [Precision.Float32, Precision.Bfloat16];

    /// <summary>What graphs are exported in.</summary>
    public static IReadOnlyList<Precision> OfExports { get; } = [Precision.Float32, Precision.Int8];

    public static Option<string?> Option() => new("--precision")
    {
        Description = "What the score networks of a run are computed in: float32, the default, or bfloat16. An exported model keeps the one it was exported in.",
    };

    /// <summary>The precision asked for; single when none is.</summary>
    public static Precision Of(string? name, IReadOnlyList<Precision> allowed) => name is null ? Precision.Float32
        : OptionNames.TryParse<Precision>(name, out var precision) && allowed.Contains(precision) ? precision
        : throw new InputException("--precision", null, $"'{name}' is not possible here; give one of {string.Join(", ", allowed.Select(p => OptionNames.Of(p)))}.");

    /// <summary>Refuses a precision for an exported model.</summary>
    public static void RefuseForExport(string? name, string folder)
    {
        if (name is not null)
        {
            throw new InputException("--precision", null,
                $"is {name}, but {folder} is an exported model, whose precision was chosen when it was exported; leave it out, or export the run again with --precision.");
        }
    }
}
