namespace Amodal.Data.Inspection;

/// <summary>Where rows that are shorter than the array have their all-zero steps.</summary>
public enum PaddingSide
{
    /// <summary>No row begins or ends with one.</summary>
    None,

    /// <summary>In front: rows are aligned to the right.</summary>
    Left,

    /// <summary>Behind: rows are aligned to the left.</summary>
    Right,

    /// <summary>Some rows so, some so.</summary>
    Mixed,
}
