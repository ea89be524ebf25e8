namespace Amodal.Data;

/// <summary>A modality and the file that holds it.</summary>
/// <param name="Name">The modality's name in the data set.</param>
/// <param name="File">An .npy or .npy.gz file, relative to the folder.</param>
public sealed record ModalityFile(string Name, string File);
