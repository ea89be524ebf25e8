namespace Amodal.Diffusion;

/// <summary>How several missing modalities of one utterance are recovered.</summary>
public enum Recovery
{
    /// <summary>Each from the observed ones only (the thesis).</summary>
    Separate,

    /// <summary>Together: each also sees the others' current x_t (UniDiffuser, Bao et al. 2023).</summary>
    Joint,

    /// <summary>Not at all: each is the training mean, 0 after standardisation, and no score network is trained (thesis, table 6.12).</summary>
    None,
}
