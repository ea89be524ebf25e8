using Amodal.Configuration;

namespace Amodal.Reproduction;

/// <summary>A measurement as JSON, written whole or not at all.</summary>
internal static class MeasurementFile
{
    private const int Format = 1;

    /// <summary>Reads it; null where there is none.</summary>
    /// <exception cref="InputException">It is there and is no measurement.</exception>
    public static T? Read<T>(string path)
        where T : class =>
        File.Exists(path) ? JsonFile.Read<T>(path, Format, "a measurement", "Delete the file, and it is made again.") : null;

    /// <summary>Writes it, and gives it back.</summary>
    public static T Write<T>(string path, T value)
        where T : class
    {
        JsonFile.Write(path, Format, value);
        return value;
    }

    public static string ToJson<T>(T value) => JsonFile.ToText(Format, value) + "\n";
}
