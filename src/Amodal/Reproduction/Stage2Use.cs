namespace Amodal.Reproduction;

/// <summary>What rows that differ in the sampler only share.</summary>
public enum Stage2Use
{
    /// <summary>Everything: one trained run, evaluated with each sampler. The thesis does not say that it does otherwise.</summary>
    Shared,

    /// <summary>Stages 1a and 1b: decoders and fusion are trained anew on what each sampler recovers.</summary>
    PerSampler,
}
