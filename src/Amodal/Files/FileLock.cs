namespace Amodal.Files;

/// <summary>
/// A lock of the operating system on a file. It ends with the process, however that ends. The file stays: to delete it would
/// let two hold two files of one name.
/// </summary>
internal static class FileLock
{
    private static readonly int[] _held = [11, 35, unchecked((int)0x80070020)]; // EWOULDBLOCK of Linux and macOS, Windows' sharing violation

    /// <summary>Takes the lock, making the file where it is not there; its folder has to be.</summary>
    /// <returns>What holds it until it is disposed of; null where another holds it.</returns>
    public static FileStream? TryTake(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (_held.Contains(e.HResult))
        {
            return null;
        }
    }
}
