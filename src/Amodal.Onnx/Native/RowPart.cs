namespace Amodal.Native;

/// <summary>Consecutive rows of a batch.</summary>
/// <param name="IsAlone">Whether nothing else is worked on meanwhile, so that every thread may serve it.</param>
internal readonly record struct RowPart(int Start, int Count, bool IsAlone);
