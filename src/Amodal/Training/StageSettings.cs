namespace Amodal.Training;

/// <summary>A stage that is trained, and what decides its result beside the data.</summary>
/// <param name="After">The stage whose result it goes on from; null for one that begins with the data.</param>
internal sealed record StageSettings(string Name, string? After, params IReadOnlyList<object> Settings);
