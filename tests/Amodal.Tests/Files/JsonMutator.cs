using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Amodal.Randomness;

namespace Amodal.Tests.Files;

/// <summary>Damages a JSON document at one place, as a bad disk, a bad merge or a hostile hand would.</summary>
internal sealed class JsonMutator(StableRandom random)
{
    private static readonly string[] _values =
    [
        "null", "true", "\"\"", "\"NaN\"", "\"\\ud800\"", "\"../../up\"", "-1", "0", "1.5", "1e400", "2147483647", "-9223372036854775808", "99999999999999999999",
        "[]", "[null]", "{}", "{\"\":null}", "[[[[]]]]",
    ];

    private static readonly JsonWriterOptions _lenient = new() { SkipValidation = true };

    public string Mutate(string json)
    {
        var places = new List<(JsonNode Parent, string? Key, int Index)>();
        var root = JsonNode.Parse(json)!;
        Collect(root, places);
        var (parent, key, index) = places[random.NextInt(places.Count)];
        switch (random.NextInt(8))
        {
            case 0:
                return json[..random.NextInt(json.Length)];
            case 1:
                var at = random.NextInt(json.Length);
                return json[..at] + new string(random.NextInt(2) == 0 ? '[' : '{', 100_000) + json[at..];
            case 2:
                return _values[random.NextInt(_values.Length)];
            case 3 when key is not null:
                parent.AsObject().Remove(key);
                return root.ToJsonString();
            case 4 when key is not null:
                return Write(root, parent, key);
            case 5 when key is null:
                parent.AsArray().Insert(index, parent[index]?.DeepClone());
                return root.ToJsonString();
            default:
                return Replace(root, parent, key, index, _values[random.NextInt(_values.Length)]);
        }
    }

    private static void Collect(JsonNode? node, List<(JsonNode, string?, int)> places)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var (key, value) in map)
                {
                    places.Add((map, key, 0));
                    Collect(value, places);
                }

                break;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++)
                {
                    places.Add((list, null, i));
                    Collect(list[i], places);
                }

                break;
        }
    }

    // As text, since no node holds such numbers and half surrogates.
    private static string Replace(JsonNode root, JsonNode parent, string? key, int index, string value)
    {
        const string mark = "<here>";
        if (key is not null)
        {
            parent[key] = mark;
        }
        else
        {
            parent[index] = mark;
        }

        return root.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })
            .Replace($"\"{mark}\"", value, StringComparison.Ordinal);
    }

    /// <summary>The document with one key twice.</summary>
    private static string Write(JsonNode root, JsonNode twiceIn, string twice)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, _lenient))
        {
            Write(root);

            void Write(JsonNode? node)
            {
                if (node is JsonObject map)
                {
                    writer.WriteStartObject();
                    foreach (var (key, value) in map)
                    {
                        for (var times = ReferenceEquals(map, twiceIn) && key == twice ? 2 : 1; times > 0; times--)
                        {
                            writer.WritePropertyName(key);
                            Write(value);
                        }
                    }

                    writer.WriteEndObject();
                }
                else if (node is JsonArray list)
                {
                    writer.WriteStartArray();
                    foreach (var item in list)
                    {
                        Write(item);
                    }

                    writer.WriteEndArray();
                }
                else if (node is null)
                {
                    writer.WriteNullValue();
                }
                else
                {
                    node.WriteTo(writer);
                }
            }
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
