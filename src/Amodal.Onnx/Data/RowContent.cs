namespace Amodal.Data;

/// <summary>What the features of one modality hold in one row.</summary>
public enum RowContent
{
    /// <summary>A number other than zero.</summary>
    Numbers,

    /// <summary>Zeros throughout: the modality may be missing there, but the file does not say so.</summary>
    Zeros,

    /// <summary>No number but zeros of padding, the rest NaN or infinite: the modality is missing there.</summary>
    Nothing,
}
