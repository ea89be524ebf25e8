using System.Text.Json;

namespace Amodal.Configuration;

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
