namespace Amodal.Export;

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
