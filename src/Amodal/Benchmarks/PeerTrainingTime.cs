namespace Amodal.Benchmarks;

/// <summary>What a peer's training would take, from the medians of its steps; its validation is left out.</summary>
/// <param name="Rate">Nominal missing rate that it is trained for.</param>
/// <param name="Epochs">So many epochs.</param>
/// <param name="Steps">Steps of an epoch that miss k modalities, at index k.</param>
/// <param name="Seconds">Of all of them.</param>
/// <param name="TimesOurs">How many times ours that is.</param>
public sealed record PeerTrainingTime(double Rate, int Epochs, IReadOnlyList<int> Steps, double Seconds, double TimesOurs);
