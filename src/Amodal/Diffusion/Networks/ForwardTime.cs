namespace Amodal.Diffusion.Networks;

/// <summary>How long one evaluation of a batch takes.</summary>
/// <param name="Batch">Utterances in it.</param>
/// <param name="Milliseconds">The median of the timed runs.</param>
public sealed record ForwardTime(int Batch, double Milliseconds);
