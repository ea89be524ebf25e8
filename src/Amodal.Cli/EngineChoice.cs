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
