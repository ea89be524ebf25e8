namespace Amodal.Diffusion.Networks;

/// <summary>The score networks by name.</summary>
public enum BackboneKind
{
    /// <summary>Self-attention over target and condition tokens, a token a time step (thesis, 5.1.4).</summary>
    ScoreTransformer1D,

    /// <summary>IMDer's U-Net with cross-attention (Wang et al. 2023).</summary>
    Unet,

    /// <summary>DiT with adaLN-Zero (Peebles and Xie 2023).</summary>
    Dit,

    /// <summary>MMDiT, two streams with joint attention (Esser et al. 2024).</summary>
    Mmdit,

    /// <summary>Target tokens that attend to themselves and to keys and values of the conditions, which are made once per utterance (ours).</summary>
    CachedTransformer1D,
}
