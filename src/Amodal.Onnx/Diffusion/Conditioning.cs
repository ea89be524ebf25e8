namespace Amodal.Diffusion;

/// <summary>What noise the observed modalities carry when a score network sees them (docs/methods/amodal.md, conditioning).</summary>
public enum Conditioning
{
    /// <summary>None: denoising score matching then learns the conditional score. Ours.</summary>
    Clean,

    /// <summary>Their own, at the target's time, in training and at every sampling step. The thesis's.</summary>
    Independent,

    /// <summary>The target's own z in training, fresh noise in sampling. The published IMDer's.</summary>
    Shared,
}
