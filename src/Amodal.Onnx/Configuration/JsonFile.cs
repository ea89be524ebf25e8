using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Amodal.Configuration;

/// <summary>
/// The JSON that Amodal writes, and the reader of its own files. One dialect: names in camelCase, members of enums as configurations name
/// them, null where there is no value (JSON has no NaN), and a number "format" at the root of a file.
/// </summary>
/// <remarks>The reader trusts no file: size, depth, a key that stands twice, a null where a value must be, a number out of its range.
/// "NaN" and "Infinity" as texts, which older versions wrote, are read.</remarks>
internal static class JsonFile
{
    /// <summary>Bytes of the largest file that is read.</summary>
    public const int MaxBytes = 64 << 20;

    private const int MaxDepth = 32;
    private const string FormatKey = "format";
    private static readonly ConcurrentDictionary<Type, Part[]> _parts = new();

    /// <summary>The dialect.</summary>
    internal static JsonSerializerOptions Options { get; } = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        PropertyNameCaseInsensitive = true, // the learning curves of older checkpoints begin their names with capitals
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // for a terminal or a file, not for a page: "text+vision" stays readable
        Converters = { new OptionNameConverter(), new JsonNumberConverter<double>(), new JsonNumberConverter<float>() },
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        MaxDepth = MaxDepth,
    };

    private static readonly JsonSerializerOptions _compact = new(Options) { WriteIndented = false };

    internal static string ToLine<T>(T value) => JsonSerializer.Serialize(value, _compact);

    /// <summary>A value as one JSON document.</summary>
    public static string ToText<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <param name="format">Its format, which a reader can tell apart; put first, unless the value says it itself.</param>
    public static void Write<T>(string path, int format, T value) => AtomicFile.WriteText(path, ToText(format, value) + "\n");

    /// <summary>A value as a file holds it.</summary>
    public static string ToText<T>(int format, T value)
    {
        var root = JsonSerializer.SerializeToNode(value, Options)!.AsObject();
        if (!root.ContainsKey(FormatKey))
        {
            root.Insert(0, FormatKey, format);
        }

        return root.ToJsonString(Options);
    }

    /// <summary>Reads a file of ours.</summary>
    /// <param name="format">The format that is read; a file that does not say its own is taken for one of it.</param>
    /// <param name="what">What it should be: "a run's manifest".</param>
    /// <param name="advice">What to do where it is none, a sentence.</param>
    /// <param name="read">Reads the root; null takes the dialect.</param>
    internal static T Read<T>(string path, int format, string what, string advice, Func<JsonElement, T>? read = null)
        where T : class
    {
        var bytes = InputFile.ReadBytes(path, MaxBytes);
        return Reading(path, null, what, advice, () =>
        {
            using var document = JsonDocument.Parse(WithoutMark(bytes), new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new InputException(path, null, $"is not {what}: it holds no JSON object. {advice}");
            }

            if (document.RootElement.TryGetProperty(FormatKey, out var found) && found.GetRawText() != format.ToString(CultureInfo.InvariantCulture))
            {
                throw new InputException(path, FormatKey, $"is {Short(found.GetRawText())}, and this version reads {format}; use the Amodal that wrote it.");
            }

            return read is null ? document.RootElement.Deserialize<T>(Options)! : read(document.RootElement);
        });
    }

    /// <summary>Reads a text of ours that stands in another file.</summary>
    /// <param name="advice">What to do where it is none, a sentence.</param>
    internal static T Parse<T>(string text, string origin, string place, string what, string advice)
        where T : class => Reading(origin, place, what, advice, () => JsonSerializer.Deserialize<T>(text, Options)
            ?? throw new InputException(origin, place, $"is not {what}: it is null. {advice}"));

    private static T Reading<T>(string origin, string? place, string what, string advice, Func<T> read)
        where T : class
    {
        try
        {
            var value = read();
            return Fault(value, "") is not { } fault ? value
                : throw new InputException(origin, place is null ? fault.Place : $"{place}, {fault.Place}", $"{fault.Problem}, so this is not {what} as Amodal writes it. {advice}");
        }
        catch (JsonException e)
        {
            var inside = e.Path is { Length: > 1 } path ? path.TrimStart('$', '.') : e.LineNumber is { } line ? string.Create(CultureInfo.InvariantCulture, $"line {line + 1}") : null;
            throw new InputException(origin, place is null ? inside : place, $"is not {what} ({Short(e.Message)}). {advice}", e);
        }
        catch (InvalidOperationException e)
        {
            // A text that escapes half a surrogate pair.
            throw new InputException(origin, place, $"is not {what} ({Short(e.Message)}). {advice}", e);
        }
    }

    private static ReadOnlyMemory<byte> WithoutMark(byte[] bytes) => bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsMemory(3) : bytes;

    private static string Short(string text) => text.Length <= 200 ? text : text[..200] + "...";

    /// <summary>The first thing that the types forbid and the serialiser lets through: a null in a list, a missing part, a number out of its range.</summary>
    private static (string Place, string Problem)? Fault(object value, string place)
    {
        switch (value)
        {
            case string or Array { Length: 0 }:
                return null;
            case IDictionary map:
                return map.Keys.Cast<object>().Select(key => Fault(map[key], $"{place}{(place.Length > 0 ? "." : "")}{Short($"{key}")}", mayBeNull: false)).FirstOrDefault(f => f is not null);
            case IEnumerable list:
                return list.GetType() is var type && (type.GetElementType() ?? type.GenericTypeArguments.FirstOrDefault()) is { IsPrimitive: true } ? null
                    : list.Cast<object?>().Select((item, i) => Fault(item, $"{place}[{i}]", mayBeNull: false)).FirstOrDefault(f => f is not null);
        }

        foreach (var part in _parts.GetOrAdd(value.GetType(), PartsOf))
        {
            var (inside, name) = (part.Property.GetValue(value), $"{place}{(place.Length > 0 ? "." : "")}{OptionNames.KeyOf(part.Property)}");
            if (inside is not null && !OptionValue.IsInRange(part.Property, inside))
            {
                return (name, "is out of its range");
            }

            if (Fault(inside, name, part.MayBeNull) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private static Part[] PartsOf(Type type)
    {
        var nullability = new NullabilityInfoContext();
        return !IsOurs(type.Assembly) || type.IsEnum ? []
            : [.. OptionNames.Writable(type).Where(p => p.GetCustomAttribute<JsonIgnoreAttribute>() is not { Condition: JsonIgnoreCondition.Always })
                .Select(p => new Part(p, p.PropertyType.IsValueType || nullability.Create(p).ReadState != NullabilityState.NotNull))];
    }

    /// <summary>Whether the types of an assembly are ours: files hold records of both libraries and of the programs.</summary>
    private static bool IsOurs(Assembly assembly) => assembly.GetName().Name!.Split('.')[0] == nameof(Amodal);

    private static (string Place, string Problem)? Fault(object? value, string place, bool mayBeNull) =>
        value is not null ? Fault(value, place) : mayBeNull ? null : (place, "is missing or null");

    private sealed record Part(PropertyInfo Property, bool MayBeNull);
}

/// <summary>Enum members in JSON under the names that configurations use.</summary>
internal sealed class OptionNameConverter : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsEnum;

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Of<>).MakeGenericType(typeToConvert))!;

    private sealed class Of<TEnum> : JsonConverter<TEnum>
        where TEnum : struct, Enum
    {
        public override TEnum Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException("a name is expected");
            return OptionNames.TryParse<TEnum>(text, out var member) ? member
                : throw new JsonException($"'{text}' is not known; one of {string.Join(", ", OptionNames.All<TEnum>())} is expected");
        }

        public override void Write(Utf8JsonWriter writer, TEnum value, JsonSerializerOptions options) => writer.WriteStringValue(OptionNames.Of(value));
    }
}
