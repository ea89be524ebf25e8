using TorchSharp;

namespace Amodal.Training;

/// <summary>What a run directory says of itself in manifest.json.</summary>
public sealed record RunManifest
{
    /// <summary>The format that this version writes and reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Format of the run directory.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Versions of Amodal, TorchSharp and .NET, and the system.</summary>
    public IReadOnlyDictionary<string, string> Versions { get; init; } = new Dictionary<string, string>();

    /// <summary>Threads of the tensor library; results repeat exactly only with the same number.</summary>
    public int Threads { get; init; }

    /// <summary>Where it was trained, "cpu" or "cuda:0"; empty in runs that do not tell.</summary>
    public string Device { get; init; } = "";

    /// <summary>The data file, as it was named.</summary>
    public string DataFile { get; init; } = "";

    /// <summary>SHA-256 of the data's content.</summary>
    public string DataDigest { get; init; } = "";

    /// <summary>The file whose utterances were added to train without labels, as it was named; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Also { get; init; }

    /// <summary>SHA-256 of the content of both files; null where there is one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? AlsoDigest { get; init; }

    /// <summary>The modalities, in order.</summary>
    public IReadOnlyList<Modality> Modalities { get; init; } = [];

    /// <summary>What is predicted; null for a score.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TargetSpec? Target { get; init; }

    /// <summary>The modalities whose sequences are padded in front in the training's data; null for none, and in runs that do not tell.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? PaddedInFront { get; init; }

    /// <summary>The stages, in the order they are trained, with their files.</summary>
    public IReadOnlyList<string> Stages { get; init; } = [];

    /// <summary>Seconds that training a stage took, here or in the run that it was taken over from; without those of a stage that do not tell.</summary>
    public IReadOnlyDictionary<string, double> Seconds { get; init; } = new Dictionary<string, double>();

    /// <summary>The versions of this program.</summary>
    public static IReadOnlyDictionary<string, string> CurrentVersions() => new Dictionary<string, string>
    {
        ["amodal"] = typeof(RunManifest).Assembly.GetName().Version!.ToString(3),
        ["torchSharp"] = typeof(torch).Assembly.GetName().Version!.ToString(3),
        ["libtorch"] = __version__,
        ["dotnet"] = Environment.Version.ToString(),
        ["system"] = $"{RuntimeInformation.OSDescription} {RuntimeInformation.ProcessArchitecture}",
    };

    /// <summary>Whether training reached its end.</summary>
    public bool IsComplete { get; init; }

    /// <summary>Notes of the data's reader, what was replaced or left out, and of a training that went on under other versions.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
