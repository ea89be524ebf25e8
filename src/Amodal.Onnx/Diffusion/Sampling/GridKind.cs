namespace Amodal.Diffusion.Sampling;

/// <summary>How a sampler's times are spaced, by name.</summary>
public enum GridKind
{
    /// <summary>Evenly in t, as in the thesis.</summary>
    Uniform,

    /// <summary>Evenly in the logarithm of the signal-to-noise ratio (Lu et al. 2022).</summary>
    LogSnr,

    /// <summary>Evenly in sigma^(1/7) (EDM: Karras et al. 2022, equation 5): between the two, densest where noise is low.</summary>
    Edm,

    /// <summary>Steps of one size, 1 / N, to 0 itself: what flows are sampled by and students are distilled for.</summary>
    Even,
}
