using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Amodal.Files;

/// <summary>What stands under a name, links followed: .NET tells neither a pipe or a device from a file nor a file's owner.</summary>
/// <param name="Kind">What it is; nothing where it cannot be seen.</param>
/// <param name="Mode">Who may do what with it; meaningful on Unix only.</param>
/// <param name="Owner">The user it belongs to; null where that is not known.</param>
internal readonly record struct FileStatus(FileKind Kind, UnixFileMode Mode, uint? Owner, uint Group)
{
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint BasicStatus = 0x7FF; // STATX_BASIC_STATS
    private const int StatusSize = 256;
    private const int TypeMask = 0xF000;

    /// <summary>Looks, and opens nothing.</summary>
    public static FileStatus Of(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            try
            {
                // statx has one layout on every processor and every C library, which stat has not.
                var status = new byte[StatusSize];
                return Look(CurrentFolder, Encoding.UTF8.GetBytes(path + '\0'), 0, BasicStatus, status) == 0 ? Parse(status) : default;
            }
            catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
            {
                // A C library from before 2018: what .NET tells has to do.
            }
        }

        var kind = Directory.Exists(path) ? FileKind.Folder : File.Exists(path) ? FileKind.Regular : FileKind.Nothing;
        return new FileStatus(kind, kind == FileKind.Regular && !OperatingSystem.IsWindows() ? File.GetUnixFileMode(path) : default, null, 0);
    }

    /// <summary>Gives an open file these permissions and, where the system allows it, this owner.</summary>
    public void PutOn(FileStream file)
    {
        if (Kind != FileKind.Regular || OperatingSystem.IsWindows())
        {
            return;
        }

        if (Owner is { } owner)
        {
            _ = Give(file.SafeFileHandle, owner, Group); // only root may give files away; others keep their own
        }

        File.SetUnixFileMode(file.SafeFileHandle, Mode);
    }

    private static FileStatus Parse(ReadOnlySpan<byte> status)
    {
        var mode = BinaryPrimitives.ReadUInt16LittleEndian(status[28..]);
        var kind = (mode & TypeMask) switch { 0x8000 => FileKind.Regular, 0x4000 => FileKind.Folder, _ => FileKind.Other };
        const UnixFileMode permissions = (UnixFileMode)0x1FF; // without "run as its owner", which is not ours to hand on
        return new FileStatus(
            kind, (UnixFileMode)mode & permissions, BinaryPrimitives.ReadUInt32LittleEndian(status[20..]), BinaryPrimitives.ReadUInt32LittleEndian(status[24..]));
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Look(int folder, byte[] path, int flags, uint wanted, byte[] status);

    [DllImport("libc", EntryPoint = "fchown")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Give(SafeHandle file, uint owner, uint group);
}

/// <summary>What stands under a name.</summary>
internal enum FileKind
{
    /// <summary>Nothing, or nothing that can be seen.</summary>
    Nothing,

    /// <summary>A file with content.</summary>
    Regular,

    Folder,

    /// <summary>A pipe, a device or a socket: reading it may wait for ever, and a file that takes its name destroys it.</summary>
    Other,
}
