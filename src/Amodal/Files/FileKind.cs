namespace Amodal.Files;

/// <summary>What stands under a name.</summary>
internal enum FileKind
{
    /// <summary>Nothing, or nothing that can be seen.</summary>
    Nothing,

    /// <summary>A file with content.</summary>
    Regular,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A pipe, a device or a socket: reading it may wait for ever, and a file that takes its name destroys it.</summary>
    Other,
}
