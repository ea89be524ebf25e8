using System.Numerics;
using System.Text.Json;

namespace Amodal.Configuration;

/// <summary>JSON has no NaN: a number without a value is null. Read are also the texts that older versions wrote.</summary>
internal sealed class JsonNumberConverter<T> : JsonConverter<T>
    where T : struct, IBinaryFloatingPointIeee754<T>
{
    public override bool HandleNull => true;

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Null => T.NaN,
        JsonTokenType.Number => Finite(T.CreateSaturating(reader.GetDouble())),
        JsonTokenType.String when reader.ValueTextEquals("NaN"u8) => T.NaN,
        JsonTokenType.String when reader.ValueTextEquals("Infinity"u8) => T.PositiveInfinity,
        JsonTokenType.String when reader.ValueTextEquals("-Infinity"u8) => T.NegativeInfinity,
        _ => throw new JsonException("a number is expected"),
    };

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        if (!T.IsFinite(value))
        {
            writer.WriteNullValue();
        }
        else if (value is float single)
        {
            writer.WriteNumberValue(single);
        }
        else
        {
            writer.WriteNumberValue(double.CreateChecked(value));
        }
    }

    private static T Finite(T value) => T.IsFinite(value) ? value : throw new JsonException("the number is too large");
}
