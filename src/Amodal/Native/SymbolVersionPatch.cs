using System.Buffers.Binary;

namespace Amodal.Native;

/// <summary>
/// Marks one entry of an ELF library's table of needed symbol versions as weak, so that a C++ runtime without that
/// version may load it. Refuses any image that is not exactly as expected.
/// </summary>
/// <remarks>
/// LibTorchSharp 0.107 needs GLIBCXX_3.4.32 for one symbol, <c>std::ios_base_library_init</c>, to which no
/// relocation refers: GCC 13 headers name it only to bind to a library that initialises the standard streams.
/// </remarks>
internal static class SymbolVersionPatch
{
    /// <summary>The version that is made weak.</summary>
    public const string Version = "GLIBCXX_3.4.32";
    private const string Symbol = "_ZSt21ios_base_library_initv";
    private const ushort Weak = 0x2; // VER_FLG_WEAK

    private readonly record struct Section(uint Type, int Offset, int Size, int Link);

    /// <summary>Changes the image in place.</summary>
    public static void Apply(byte[] image)
    {
        try
        {
            var entry = FindEntry(image);
            BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(entry.FlagsAt), Weak);
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or IndexOutOfRangeException or OverflowException or InvalidOperationException)
        {
            throw Refuse("its ELF tables are missing or point outside the file");
        }
    }

    private static (int FlagsAt, ushort Index) FindEntry(byte[] image)
    {
        if (image.Length < 64 || !image.AsSpan(0, 6).SequenceEqual("\u007fELF\u0002\u0001"u8))
        {
            throw Refuse("not a 64-bit little-endian ELF file");
        }

        var sections = ReadSections(image);
        var found = NeededVersions(image, sections).Where(v => v.Name == Version).ToList();
        if (found.Count != 1 || U16(image, found[0].FlagsAt) != 0)
        {
            throw Refuse($"it has not exactly one plain entry for {Version}");
        }

        var symbols = SymbolsOfVersion(image, sections, found[0].Index).ToList();
        if (symbols.Count != 1 || symbols[0].Name != Symbol)
        {
            throw Refuse($"{Version} stands for {string.Join(", ", symbols.Select(s => s.Name))}, not only for {Symbol}");
        }

        if (RelocatedSymbols(image, sections).Contains(symbols[0].Index))
        {
            throw Refuse($"{Symbol} is used by a relocation");
        }

        return (found[0].FlagsAt, found[0].Index);
    }

    private static List<Section> ReadSections(byte[] image)
    {
        var (table, size, count) = (checked((int)U64(image, 40)), U16(image, 58), U16(image, 60));
        return [.. Enumerable.Range(0, count).Select(i => table + (i * size)).Select(at => new Section(
            U32(image, at + 4), checked((int)U64(image, at + 24)), checked((int)U64(image, at + 32)), checked((int)U32(image, at + 40))))];
    }

    private static IEnumerable<(string Name, int FlagsAt, ushort Index)> NeededVersions(byte[] image, List<Section> sections)
    {
        foreach (var section in sections.Where(s => s.Type == 0x6ffffffe)) // SHT_GNU_verneed
        {
            var strings = sections[section.Link];
            for (int need = section.Offset, next; ; need += next)
            {
                var aux = need + (int)U32(image, need + 8);
                for (var i = 0; i < U16(image, need + 2); i++)
                {
                    yield return (Text(image, strings, U32(image, aux + 8)), aux + 4, U16(image, aux + 6));
                    aux += (int)U32(image, aux + 12);
                }

                next = (int)U32(image, need + 12);
                if (next <= 0)
                {
                    break;
                }
            }
        }
    }

    private static IEnumerable<(string Name, uint Index)> SymbolsOfVersion(byte[] image, List<Section> sections, ushort version)
    {
        var versions = sections.Single(s => s.Type == 0x6fffffff); // SHT_GNU_versym
        var symbols = sections[versions.Link];
        for (var i = 0; i < versions.Size / 2; i++)
        {
            if ((U16(image, versions.Offset + (2 * i)) & 0x7fff) == version)
            {
                yield return (Text(image, sections[symbols.Link], U32(image, symbols.Offset + (24 * i))), (uint)i);
            }
        }
    }

    private static HashSet<uint> RelocatedSymbols(byte[] image, List<Section> sections) =>
        [.. sections.Where(s => s.Type == 4) // SHT_RELA
            .SelectMany(s => Enumerable.Range(0, s.Size / 24).Select(i => U32(image, s.Offset + (24 * i) + 12)))];

    private static string Text(byte[] image, Section strings, uint offset)
    {
        var bytes = image.AsSpan(checked(strings.Offset + (int)offset));
        return Encoding.ASCII.GetString(bytes[..bytes.IndexOf((byte)0)]);
    }

    private static ushort U16(byte[] image, int at) => BinaryPrimitives.ReadUInt16LittleEndian(image.AsSpan(at));

    private static uint U32(byte[] image, int at) => BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(at));

    private static ulong U64(byte[] image, int at) => BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(at));

    private static InvalidDataException Refuse(string reason) =>
        new($"LibTorchSharp is not patched: {reason}. Amodal was made for TorchSharp 0.107.0; see docs/develop/native.md.");
}
