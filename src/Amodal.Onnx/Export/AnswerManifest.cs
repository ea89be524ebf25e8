using System.Text.Json;

namespace Amodal.Export;

/// <summary>manifest.json of an exported method that answers by one graph, whatever is observed, and shows no recovery.</summary>
public sealed record AnswerManifest
{
    /// <summary>The format that this version writes and reads.</summary>
    public const int CurrentFormat = 1;

    private const string ExportAgain = "Export the run again.";

    /// <summary>Format of this file.</summary>
    public required int Format { get; init; }

    /// <summary>What wrote it.</summary>
    public required string Producer { get; init; }

    /// <summary>Version of the ONNX operators that the graph uses.</summary>
    public required int Opset { get; init; }

    /// <summary>The modalities, in the order of their indices.</summary>
    public required IReadOnlyList<Modality> Modalities { get; init; }

    /// <summary>What is predicted; null for a score.</summary>
    public TargetSpec? Target { get; init; }

    /// <summary>The modalities whose sequences were padded in front in training; null for none.</summary>
    public IReadOnlyList<string>? PaddedInFront { get; init; }

    /// <summary>
    /// The graph's file, relative to the manifest. From "features{m}" of every modality, raw as the data hold them, (batch, length,
    /// width), and "observed", (modality), 1 where it is observed and 0 elsewhere, to "prediction", (batch), or (batch, width) of a
    /// wider target: a score, and for classes the logarithm of a probability but for a constant. What is not observed may be any numbers.
    /// </summary>
    public required string Answer { get; init; }

    /// <summary>
    /// The graph of how sure predictions are, likewise; null for a method that does not say. It also takes "level", (1), how many labels
    /// of a hundred are to lie within, 1 to 99. "certainty", (batch, label, 2), is of a score the standard deviation of its error,
    /// and how far the label lies from the prediction at most; of classes 0, and by how much a candidate's probability is less than
    /// 1 at most. The greatest float there is stands for infinity.
    /// </summary>
    public string? Certainty { get; init; }

    /// <summary>The run's seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Whether a folder is an export of this kind.</summary>
    internal static bool IsIn(string folder)
    {
        var path = Path.Combine(folder, ExportManifest.FileName);
        return File.Exists(path) && !File.Exists(Path.Combine(folder, "config.yaml"))
            && JsonFile.Read<object>(path, CurrentFormat, "an exported model's manifest", ExportAgain, root => root.TryGetProperty("answer", out _)) is true;
    }

    /// <summary>Reads the manifest of an exported method.</summary>
    /// <param name="folder">The folder that `amodal export` made.</param>
    /// <exception cref="InputException">There is none, it is not of this format, a key is unknown or missing, or the graph is.</exception>
    public static AnswerManifest Read(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var path = Path.Combine(folder, ExportManifest.FileName);
        var manifest = JsonFile.Read(path, CurrentFormat, "an exported model's manifest", ExportAgain, root => root.Deserialize(ExportManifestJson.Default.AnswerManifest)!);
        foreach (var file in new[] { manifest.Answer, manifest.Certainty }.OfType<string>())
        {
            if (Path.GetFileName(file) != file || !File.Exists(Path.Combine(folder, file)))
            {
                throw new InputException(path, $"'{file}'", "is not a file of that folder; export the run again.");
            }
        }

        return Modality.FaultOf([.. manifest.Modalities]) is { } fault ? throw new InputException(path, "modalities", $"{fault}. {ExportAgain}") : manifest;
    }

    /// <summary>Writes the manifest into a folder, whole or not at all.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public void Write(string folder) => AtomicFile.WriteText(
        Path.Combine(folder, ExportManifest.FileName), JsonSerializer.Serialize(this, ExportManifestJson.Default.AnswerManifest) + "\n");
}
