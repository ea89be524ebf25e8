namespace Amodal.Training;

/// <summary>The right to write a run: a lock on a file in its folder, which ends with the process.</summary>
internal sealed class RunLock : IDisposable
{
    private const string FileName = "training.lock";
    private const int LongestHolder = 1000;
    private const string HolderName = "training.pid"; // beside it, because a locked file is not to be read
    private readonly FileStream _file;
    private readonly string _holder;

    private RunLock(FileStream file, string holder) => (_file, _holder) = (file, holder);

    /// <summary>Takes the lock, making the folder where it is not there.</summary>
    public static RunLock Take(string folder)
    {
        var holder = Path.Combine(folder, HolderName);
        FileStream? file = null;
        try
        {
            Directory.CreateDirectory(folder);
            AtomicFile.CheckTarget(Path.Combine(folder, FileName));
            file = FileLock.TryTake(Path.Combine(folder, FileName)) ?? throw new InputException(
                folder, null, $"is being trained by another training ({ReadHolder(holder)}), and two would mix; wait for it, stop it, or choose another folder.")
            { Remedies = ["out"] };
            AtomicFile.WriteText(holder, string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName}, since {DateTime.UtcNow:yyyy-MM-dd HH:mm:ss} UTC"));
            return new RunLock(file, holder);
        }
        catch (InputException)
        {
            file?.Dispose();
            throw;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw new InputException(folder, null, $"the folder cannot be made or written ({e.Message}); choose another.", e) { Remedies = ["out"] };
        }
    }

    public void Dispose()
    {
        File.Delete(_holder);
        _file.Dispose();
    }

    private static string ReadHolder(string path)
    {
        try
        {
            return Encoding.UTF8.GetString(InputFile.ReadBytes(path, LongestHolder));
        }
        catch (InputException)
        {
            return "it has just begun, or is just ending";
        }
    }
}
