namespace Amodal.Files;

/// <summary>Opens files that someone named, with errors made for that someone.</summary>
internal static class InputFile
{
    /// <summary>Opens a file for reading from its start to its end.</summary>
    public static FileStream Open(string path)
    {
        try
        {
            CheckIsFile(path);
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException(path, null, "is not there. Check the name and the folder you are in.", problem);
        }
        catch (UnauthorizedAccessException problem)
        {
            throw new InputException(path, null, "cannot be opened: no permission to read it. Change its permissions, or copy it.", problem);
        }
        catch (IOException problem)
        {
            throw new InputException(path, null, $"cannot be opened: {problem.Message}", problem);
        }
    }

    /// <summary>Reads a whole file.</summary>
    /// <param name="most">Bytes that it may have; more are refused before anything is allocated.</param>
    public static byte[] ReadBytes(string path, int most)
    {
        using var file = Open(path);
        try
        {
            if (file.Length > most)
            {
                throw new InputException(path, null, $"has {file.Length} bytes; such a file has at most {most}.");
            }

            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (IOException problem)
        {
            throw new InputException(path, null, $"cannot be read: {problem.Message}", problem);
        }
    }

    // Before it is opened: that alone would wait for whoever writes into a pipe.
    private static void CheckIsFile(string path)
    {
        switch (FileStatus.Of(path).Kind)
        {
            case FileKind.Folder:
                throw new InputException(path, null, "cannot be read: it is a folder. Name a file in it.");
            case FileKind.Other:
                throw new InputException(path, null, "cannot be read: it is a pipe or a device. Save what comes out of it, and name that file.");
        }
    }

    /// <summary>Whether the file begins so; its position stays at the start.</summary>
    public static bool BeginsWith(FileStream file, ReadOnlySpan<byte> magic) => Head(file, magic.Length).AsSpan().SequenceEqual(magic);

    /// <summary>The first bytes, at most so many; the position stays at the start.</summary>
    public static byte[] Head(FileStream file, int count)
    {
        var head = new byte[count];
        try
        {
            file.Position = 0;
            var read = file.ReadAtLeast(head, count, throwOnEndOfStream: false);
            file.Position = 0;
            return head[..read];
        }
        catch (Exception problem) when (problem is IOException or NotSupportedException)
        {
            throw new InputException(file.Name, null, $"cannot be read: {problem.Message}", problem);
        }
    }
}
