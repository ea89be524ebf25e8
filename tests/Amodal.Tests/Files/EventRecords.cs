using System.Buffers.Binary;
using Tensorboard;

namespace Amodal.Tests.Files;

/// <summary>Reads an event file by other means than it is written: the checksum bit by bit, the messages by the protocol buffer classes that TorchSharp carries.</summary>
internal static class EventRecords
{
    /// <summary>Every event of a file; fails on a frame that is not sound.</summary>
    public static IReadOnlyList<Event> Read(string path)
    {
        var bytes = File.ReadAllBytes(path).AsSpan();
        List<Event> events = [];
        while (bytes.Length > 0)
        {
            var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
            Assert.Equal(Masked(bytes[..8]), BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]));
            Assert.Equal(Masked(bytes.Slice(12, length)), BinaryPrimitives.ReadUInt32LittleEndian(bytes[(12 + length)..]));
            events.Add(Event.Parser.ParseFrom(bytes.Slice(12, length).ToArray()));
            bytes = bytes[(16 + length)..];
        }

        return events;
    }

    /// <summary>The curve of every tag, as (step, value).</summary>
    public static Dictionary<string, List<(long Step, float Value)>> Curves(string path) => Read(path)
        .Where(e => e.WhatCase == Event.WhatOneofCase.Summary)
        .SelectMany(e => e.Summary.Value.Select(v => (v.Tag, e.Step, v.SimpleValue)))
        .GroupBy(v => v.Tag).ToDictionary(g => g.Key, g => g.Select(v => (v.Step, v.SimpleValue)).ToList());

    /// <summary>CRC-32C by its definition: the reflected polynomial 0x82F63B78, a bit at a time.</summary>
    public static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0x82F63B78);
            }
        }

        return ~crc;
    }

    private static uint Masked(ReadOnlySpan<byte> bytes)
    {
        var crc = Crc32C(bytes);
        return ((crc >> 15) | (crc << 17)) + 0xA282EAD8;
    }
}
