using System.Buffers.Binary;
using System.Text;
using Amodal.Native;
using Amodal.Tests.Data;

namespace Amodal.Tests.Native;

public class SymbolVersionPatchTests
{
    [Fact]
    public void Exactly_the_flag_of_the_one_entry_changes()
    {
        var original = Library();
        var patched = (byte[])original.Clone();
        SymbolVersionPatch.Apply(patched);
        var at = Assert.Single(Enumerable.Range(0, original.Length), i => original[i] != patched[i]);
        Assert.Equal((0, 2), (original[at], patched[at])); // VER_FLG_WEAK
        // The flags follow the hash of the version's name in its Elf64_Vernaux (System V ABI, hash of names).
        Assert.Equal(Hash(SymbolVersionPatch.Version), BinaryPrimitives.ReadUInt32LittleEndian(original.AsSpan(at - 4)));
    }

    [Fact]
    public void A_patched_library_is_refused_as_any_other_that_is_not_as_expected()
    {
        var image = Library();
        SymbolVersionPatch.Apply(image);
        Refused(image, "one plain entry");
    }

    [Fact]
    public void A_library_that_does_not_ask_for_the_version_is_refused()
    {
        var image = Library();
        image[IndexOf(image, SymbolVersionPatch.Version) + "GLIBCXX_3.4.3".Length] = (byte)'9';
        Refused(image, "one plain entry for GLIBCXX_3.4.32");
    }

    [Fact]
    public void A_library_that_needs_the_version_for_another_symbol_is_refused()
    {
        var image = Library();
        image[IndexOf(image, "_ZSt21ios_base_library_initv")] = (byte)'X';
        Refused(image, "stands for XZSt21ios_base_library_initv");
    }

    [Fact]
    public void A_library_whose_code_uses_the_symbol_is_refused()
    {
        var image = Library();
        var symbol = SymbolIndex(image, "_ZSt21ios_base_library_initv");
        var relocations = Section(image, type: 4); // SHT_RELA
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(relocations.Offset + 12), symbol);
        Refused(image, "is used by a relocation");
    }

    [Theory, InlineData(0), InlineData(63), InlineData(64), InlineData(5000)]
    public void Files_that_are_cut_off_or_no_library_are_refused(int length)
    {
        var image = Library()[..length];
        Assert.Throws<InvalidDataException>(() => SymbolVersionPatch.Apply(image));
        Assert.Throws<InvalidDataException>(() => SymbolVersionPatch.Apply(new byte[length]));
    }

    [Fact]
    public void The_cache_is_written_once_and_a_wrong_copy_is_replaced()
    {
        using var folder = new TemporaryFolder();
        byte[] image = [1, 2, 3];
        var path = TorchBackend.WriteOnce(Path.Combine(folder.Name, "native"), image);
        Assert.Equal(image, File.ReadAllBytes(path));

        var longAgo = new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, longAgo);
        Assert.Equal(path, TorchBackend.WriteOnce(Path.Combine(folder.Name, "native"), image));
        Assert.Equal(longAgo, File.GetLastWriteTimeUtc(path));

        File.WriteAllBytes(path, [1, 2, 4]);
        TorchBackend.WriteOnce(Path.Combine(folder.Name, "native"), image);
        Assert.Equal(image, File.ReadAllBytes(path));
        Assert.Equal(path, Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!)));
    }

    private static void Refused(byte[] image, string reason)
    {
        var before = (byte[])image.Clone();
        var message = Assert.Throws<InvalidDataException>(() => SymbolVersionPatch.Apply(image)).Message;
        Assert.Contains(reason, message, StringComparison.Ordinal);
        Assert.Contains("docs/develop/native.md", message, StringComparison.Ordinal);
        Assert.Equal(before, image);
    }

    private static byte[] Library()
    {
        string[] places = ["", Path.Combine("runtimes", "linux-x64", "native")];
        var path = places.Select(p => Path.Combine(AppContext.BaseDirectory, p, "libLibTorchSharp.so")).FirstOrDefault(File.Exists);
        Assert.SkipUnless(path is not null, "needs TorchSharp's Linux library beside the tests");
        return File.ReadAllBytes(path!);
    }

    private static uint Hash(string name)
    {
        var hash = 0u;
        foreach (var letter in name)
        {
            hash = (hash << 4) + letter;
            var top = hash & 0xf0000000;
            hash = (hash ^ (top >> 24)) & ~top;
        }

        return hash;
    }

    private static int IndexOf(byte[] image, string text) => image.AsSpan().IndexOf(Encoding.ASCII.GetBytes(text + '\0'));

    /// <summary>Number of a dynamic symbol: entries of 24 bytes that begin with the name's offset in the strings.</summary>
    private static uint SymbolIndex(byte[] image, string name)
    {
        var (symbols, strings) = (Section(image, type: 11), Section(image, type: 3)); // SHT_DYNSYM, the first SHT_STRTAB: .dynstr
        var offset = (uint)(IndexOf(image, name) - strings.Offset);
        return (uint)Enumerable.Range(0, symbols.Size / 24).Single(i => BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(symbols.Offset + (24 * i))) == offset);
    }

    private static (int Offset, int Size) Section(byte[] image, uint type)
    {
        var table = (int)BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(40));
        for (var at = table; ; at += 64)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(at + 4)) == type)
            {
                return ((int)BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(at + 24)), (int)BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(at + 32)));
            }
        }
    }
}
