namespace Amodal.Diffusion.Processes;

/// <summary>The forward processes by name.</summary>
public enum ProcessKind
{
    /// <summary>Variance exploding (thesis, 5.4-5.5).</summary>
    VE,

    /// <summary>Variance preserving, beta linear (thesis, 5.7-5.8).</summary>
    VP,

    /// <summary>Sub-VP (Song et al. 2021, equation 14).</summary>
    SubVP,

    /// <summary>Variance preserving with the cosine schedule (Nichol and Dhariwal 2021).</summary>
    CosineVP,
}
