namespace Amodal.Diffusion;

/// <summary>What a network learns to answer, and on which path from data to noise.</summary>
public enum Objective
{
    /// <summary>The score of the forward process, by denoising score matching (<see cref="ScoreMatching"/>).</summary>
    Score,

    /// <summary>The velocity of the straight path, by conditional flow matching (<see cref="FlowMatching"/>).</summary>
    Flow,
}
