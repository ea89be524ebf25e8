namespace Amodal.Diffusion;

/// <summary>How several missing modalities of one utterance are recovered.</summary>
public enum Recovery
{
    /// <summary>Each from the observed ones only (the thesis).</summary>
    Separate,

    /// <summary>Together: each also sees the others' current x_t (UniDiffuser, Bao et al. 2023).</summary>
    Joint,
}
