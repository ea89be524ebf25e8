namespace Amodal.Export;

/// <summary>A modality of an exported model, with its graphs' files.</summary>
public sealed record ExportedModality
{
    /// <summary>Its name in the data.</summary>
    public required string Name { get; init; }

    /// <summary>Time steps of its raw features, padding included.</summary>
    public required int Length { get; init; }

    /// <summary>Raw features of a step.</summary>
    public required int Width { get; init; }

    /// <summary>Channels of its latent.</summary>
    public required int Channels { get; init; }

    /// <summary>Time steps of its latent.</summary>
    public required int Steps { get; init; }

    /// <summary>The training split's average latent, standardised, channel by channel: channels times steps numbers.</summary>
    public required IReadOnlyList<float> AverageLatent { get; init; }

    /// <summary>
    /// From "features", raw as the data holds them, (batch, length, width), to "latent", standardised, (batch, channels,
    /// steps). The graph scales the features itself, and leaves padding steps, all zero, as they are.
    /// </summary>
    public required string Encoder { get; init; }

    /// <summary>
    /// The score network of this modality as one graph; null for a backbone of two, and where nothing is recovered by one.
    /// From "x", the noisy latent, "t", (batch), and for every other modality m, by its index, "condition{m}", its latent,
    /// and "present{m}", (batch) bool; where the recovery is joint also "noisy{m}", (batch) bool. To "raw", shaped as x; the
    /// score is raw / std(t).
    /// </summary>
    public string? Score { get; init; }

    /// <summary>
    /// Of a backbone of two graphs, the one to run once per utterance: from "condition{m}" and "present{m}", as
    /// <see cref="Score"/>, to <see cref="ExportManifest.ContextNames"/>.
    /// </summary>
    public string? Context { get; init; }

    /// <summary>
    /// Of a backbone of two graphs, the one to run at every evaluation: from "x", "t" and all that <see cref="Context"/>
    /// gave, under the same names, to "raw".
    /// </summary>
    public string? Step { get; init; }

    /// <summary>From "recovered" to "aligned", both standardised latents; null where there is no alignment.</summary>
    public string? Decoder { get; init; }
}
