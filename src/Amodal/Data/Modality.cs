namespace Amodal.Data;

/// <summary>One sense as the data holds it: raw features of shape (batch, time, width).</summary>
/// <param name="Name">Its name in the file, unique in the data set.</param>
/// <param name="Length">Time steps of every row, padding included; at least 1.</param>
/// <param name="Width">Features of a step; at least 1.</param>
public sealed record Modality(string Name, int Length, int Width)
{
    /// <summary>Numbers in one row.</summary>
    public int RowSize => checked(Length * Width);
}
