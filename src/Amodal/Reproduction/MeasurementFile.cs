using System.Text.Json;
using System.Text.Json.Serialization;
using Amodal.Files;

namespace Amodal.Reproduction;

/// <summary>A measurement as JSON, written whole or not at all.</summary>
internal static class MeasurementFile
{
    private static readonly JsonSerializerOptions _json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    /// <summary>Reads it; null where there is none.</summary>
    /// <exception cref="InputException">It is there and is no measurement.</exception>
    public static T? Read<T>(string path)
        where T : class
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<T>(File.ReadAllText(path), _json) : null;
        }
        catch (JsonException e)
        {
            throw new InputException(path, $"line {e.LineNumber + 1}", $"is no measurement ({e.Message}); delete the file, and it is made again.", e);
        }
    }

    /// <summary>Writes it, and gives it back.</summary>
    public static T Write<T>(string path, T value)
        where T : class
    {
        AtomicFile.WriteText(path, ToJson(value));
        return value;
    }

    public static string ToJson<T>(T value) => JsonSerializer.Serialize(value, _json) + "\n";
}
