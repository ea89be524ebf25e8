using System.Text.Json;

namespace Amodal.Export;

/// <summary>
/// manifest.json of an exported model: its graphs, and what a runtime must know to encode, recover, align, fuse and predict
/// with them. All latents that cross a graph's border are standardised, float32, (batch, channels, steps); the batch is any.
/// </summary>
public sealed record ExportManifest
{
    /// <summary>The format that this version writes and reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The manifest's name in its folder.</summary>
    public const string FileName = "manifest.json";

    private const string ExportAgain = "Export the run again.";
    private static readonly JsonSerializerOptions _json = ExportManifestJson.Default.Options;

    /// <summary>Format of this file.</summary>
    public required int Format { get; init; }

    /// <summary>What wrote it.</summary>
    public required string Producer { get; init; }

    /// <summary>Version of the ONNX operators that the graphs use.</summary>
    public required int Opset { get; init; }

    /// <summary>What the graphs compute in; a manifest that does not say so is of single precision.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Precision Precision { get; init; }

    /// <summary>The modalities, in the order of their indices.</summary>
    public required IReadOnlyList<ExportedModality> Modalities { get; init; }

    /// <summary>What is predicted; null for a score. A wider one makes a graph's "prediction" (batch, width): a score, and for classes the logarithm of a probability but for a constant, side by side.</summary>
    public TargetSpec? Target { get; init; }

    /// <summary>The modalities whose sequences were padded in front in training; null for none, and in exports that do not tell.</summary>
    public IReadOnlyList<string>? PaddedInFront { get; init; }

    /// <summary>Where something was recovered: from "latent{m}" of every modality, observed or recovered and aligned, to "prediction", (batch).</summary>
    public required string Fusion { get; init; }

    /// <summary>Where all was observed: the fusion of stage 1a, as <see cref="Fusion"/>.</summary>
    public required string CompleteFusion { get; init; }

    /// <summary>The forward process.</summary>
    public required ProcessOptions Process { get; init; }

    /// <summary>What the networks were trained for: with a flow the path is x_t = (1 - t) x_0 + t z, whatever the process.</summary>
    public required Objective Objective { get; init; }

    /// <summary>
    /// Whether the networks are distilled students, which answer x_0. Otherwise their "raw" is the score times std(t), or
    /// the velocity of a flow.
    /// </summary>
    public required bool AnswersDenoised { get; init; }

    /// <summary>The noise that conditions carry when a score network sees them.</summary>
    public required Conditioning Conditioning { get; init; }

    /// <summary>How several missing modalities are recovered; without any recovery each is 0, the mean.</summary>
    public required Recovery Recovery { get; init; }

    /// <summary>The score networks' kind and size.</summary>
    public required BackboneOptions Backbone { get; init; }

    /// <summary>
    /// Whether a condition that no row has may be given to a score network, or to its context graph, with 0 time steps, which
    /// saves its work; otherwise it is given whole, with any numbers, and marked as not present.
    /// </summary>
    public required bool AllowsEmptyConditions { get; init; }

    /// <summary>The share of training samples in which the networks saw nothing observed; where it is over 0, a sampler can be guided.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double EmptyConditionRate { get; init; }

    /// <summary>The sampler that the run is configured with.</summary>
    public required SamplerOptions Sampler { get; init; }

    /// <summary>The run's seed, that of the recovery's noise unless another is asked for.</summary>
    public required ulong Seed { get; init; }

    /// <summary>What a context graph gives and a step graph takes, in this order; none for a backbone of one graph.</summary>
    public required IReadOnlyList<string> ContextNames { get; init; }

    /// <summary>Every graph's file, relative to the manifest.</summary>
    [JsonIgnore]
    public IEnumerable<string> Files => Modalities.SelectMany(m => new[] { m.Encoder, m.Score, m.Context, m.Step, m.Decoder })
        .Append(Fusion).Append(CompleteFusion).OfType<string>();

    /// <summary>Reads the manifest of an exported model.</summary>
    /// <param name="folder">The folder that `amodal export` made.</param>
    /// <exception cref="InputException">There is none, it is not of this format, a key is unknown or missing, or a graph is.</exception>
    public static ExportManifest Read(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var path = Path.Combine(folder, FileName);
        if (File.Exists(Path.Combine(folder, "config.yaml")))
        {
            throw new InputException(folder, null,
                $"is a run, which the ONNX engine cannot read. Export it first, and give the folder of the export.");
        }

        if (!File.Exists(path))
        {
            throw new InputException(folder, null, $"is not an exported model: it has no {FileName}. Give the folder of an export.");
        }

        var manifest = JsonFile.Read(path, CurrentFormat, "an exported model's manifest", ExportAgain, root => Parse(path, root));
        if (manifest.Precision == Precision.Bfloat16)
        {
            throw new InputException(path, "precision", $"is {OptionNames.Of(manifest.Precision)}, which no graph of this version is in; export the run again.");
        }

        foreach (var file in manifest.Files)
        {
            if (Path.GetFileName(file) != file || !File.Exists(Path.Combine(folder, file)))
            {
                throw new InputException(path, $"'{file}'", "is not a file of that folder; export the run again.");
            }
        }

        return manifest.Fault() is { } fault ? throw new InputException(path, fault.Place, $"{fault.Problem}. {ExportAgain}") : manifest;
    }

    /// <summary>Writes the manifest into a folder, whole or not at all.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public void Write(string folder) => AtomicFile.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, _json) + "\n");

    private static ExportManifest Parse(string path, JsonElement given)
    {
        if (given.TryGetProperty("answer", out _))
        {
            throw new InputException(path, null, "is of a method that answers by one graph and samples nothing; this needs one that samples what is missing.");
        }

        var manifest = given.Deserialize<ExportManifest>(_json)!;
        // Settings have defaults, which would hide that one is missing: what would be written must all be there.
        return MissingKey(JsonSerializer.SerializeToElement(manifest, _json), given, "") is { } missing
            ? throw new InputException(path, missing, "is missing; export the run again.")
            : manifest;
    }

    /// <summary>What a manifest of right keys says that no export says.</summary>
    private (string Place, string Problem)? Fault()
    {
        if (Modality.FaultOf([.. Modalities.Select(m => new Modality(m.Name, m.Length, m.Width))]) is { } fault)
        {
            return ("modalities", fault);
        }

        foreach (var m in Modalities)
        {
            var place = $"modality '{m.Name}'";
            if (m.Channels < 1 || m.Steps < 1 || m.AverageLatent.Count != (long)m.Channels * m.Steps || !m.AverageLatent.All(float.IsFinite))
            {
                return (place, $"has an average latent of {m.AverageLatent.Count} numbers, which is not one finite number for each of {m.Channels} channels in {m.Steps} steps");
            }

            if (Recovery != Recovery.None && m.Score is null && (m.Context is null || m.Step is null || ContextNames.Count == 0))
            {
                return (place, "has no score network");
            }
        }

        return null;
    }

    private static string? MissingKey(JsonElement whole, JsonElement given, string place) => (whole.ValueKind, given.ValueKind) switch
    {
        (JsonValueKind.Object, JsonValueKind.Object) => whole.EnumerateObject().Select(p =>
            given.TryGetProperty(p.Name, out var found) ? MissingKey(p.Value, found, $"{place}{p.Name}.") : place + p.Name).FirstOrDefault(missing => missing is not null),
        (JsonValueKind.Array, JsonValueKind.Array) => whole.EnumerateArray().Zip(given.EnumerateArray())
            .Select(p => MissingKey(p.First, p.Second, place)).FirstOrDefault(missing => missing is not null),
        _ => null,
    };
}

/// <summary>The manifest's JSON, by code made at build time, so that less is compiled at every start.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    Converters = [typeof(OptionNameConverter), typeof(JsonNumberConverter<double>), typeof(JsonNumberConverter<float>)])]
[JsonSerializable(typeof(ExportManifest))]
[JsonSerializable(typeof(AnswerManifest))]
internal sealed partial class ExportManifestJson : JsonSerializerContext;
