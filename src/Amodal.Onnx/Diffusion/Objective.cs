namespace Amodal.Diffusion;

/// <summary>What a network learns to answer, and on which path from data to noise.</summary>
public enum Objective
{
    /// <summary>The score of the forward process, by denoising score matching (<c>ScoreMatching</c>).</summary>
    Score,

    /// <summary>The velocity of the straight path, by conditional flow matching (<c>FlowMatching</c>).</summary>
    Flow,
}
