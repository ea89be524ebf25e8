using System.Runtime.InteropServices;
using System.Text;

namespace Amodal.Engines;

/// <summary>Looks through the weights of an ONNX file, of whose protocol buffers it knows no more than where weights stand (onnx.proto).</summary>
internal static class OnnxWeights
{
    private const int ModelGraph = 7;
    private const int GraphInitializer = 5;
    private const int TensorType = 2;
    private const int TensorName = 8;
    private const int TensorBytes = 9;
    private const ulong Float = 1;

    /// <summary>The name of the first array of floats that holds NaN or infinity; null when all are finite.</summary>
    /// <remarks>Where the file is damaged it stops looking: ONNX Runtime then says so.</remarks>
    public static string? NotFinite(ReadOnlySpan<byte> model)
    {
        while (Next(ref model, out var field, out _, out var graph))
        {
            if (field != ModelGraph)
            {
                continue;
            }

            while (Next(ref graph, out field, out _, out var tensor))
            {
                if (field == GraphInitializer && NameIfNotFinite(tensor) is { } name)
                {
                    return name;
                }
            }
        }

        return null;
    }

    private static string? NameIfNotFinite(ReadOnlySpan<byte> tensor)
    {
        var (type, name) = (0UL, "");
        ReadOnlySpan<byte> bytes = default;
        while (Next(ref tensor, out var field, out var number, out var content))
        {
            switch (field)
            {
                case TensorType:
                    type = number;
                    break;
                case TensorName:
                    name = Encoding.UTF8.GetString(content);
                    break;
                case TensorBytes:
                    bytes = content;
                    break;
            }
        }

        if (type != Float)
        {
            return null;
        }

        foreach (var value in MemoryMarshal.Cast<byte, float>(bytes))
        {
            if (!float.IsFinite(value))
            {
                return name;
            }
        }

        return null;
    }

    /// <summary>Takes the next field off a message; false at its end, or where it is none.</summary>
    private static bool Next(scoped ref ReadOnlySpan<byte> message, out ulong field, out ulong number, out ReadOnlySpan<byte> content)
    {
        (field, number) = (0, 0);
        content = default;
        if (!Varint(ref message, out var key))
        {
            return false;
        }

        field = key >> 3;
        switch (key & 7)
        {
            case 0:
                return Varint(ref message, out number);
            case 1:
                return Take(ref message, 8, out content);
            case 2:
                return Varint(ref message, out var length) && Take(ref message, length, out content);
            case 5:
                return Take(ref message, 4, out content);
            default:
                return false;
        }
    }

    private static bool Take(scoped ref ReadOnlySpan<byte> message, ulong count, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (count > (ulong)message.Length)
        {
            return false;
        }

        content = message[..(int)count];
        message = message[(int)count..];
        return true;
    }

    private static bool Varint(scoped ref ReadOnlySpan<byte> message, out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 64 && message.Length > 0; shift += 7)
        {
            var b = message[0];
            message = message[1..];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return true;
            }
        }

        return false;
    }
}
