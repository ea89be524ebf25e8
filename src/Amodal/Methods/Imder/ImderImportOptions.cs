namespace Amodal.Methods.Imder;

/// <summary>What an IMDer checkpoint does not say of itself.</summary>
public sealed record ImderImportOptions
{
    /// <summary>Name of the method in tables.</summary>
    public string Name { get; init; } = "imder";

    /// <summary>Names of language, acoustic and vision, where no data tell them.</summary>
    public IReadOnlyList<string> Modalities { get; init; } = ["text", "audio", "vision"];

    /// <summary>Frames of every modality, where no data tell them; 50 in the published aligned files.</summary>
    public int Length { get; init; } = 50;

    /// <summary>Attention heads; 8 in the released code.</summary>
    public int Heads { get; init; } = 8;
}
