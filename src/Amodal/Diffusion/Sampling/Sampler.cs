namespace Amodal.Diffusion.Sampling;

/// <summary>An algorithm that goes from noise to data: a plain function of score, process, start, times and noise.</summary>
/// <param name="score">The score of p_t; called once per network evaluation.</param>
/// <param name="process">The forward process whose reverse is followed.</param>
/// <param name="start">x at times[0], (batch, channels, time).</param>
/// <param name="times">The grid, falling from 1; the last entry is 0, where no score is asked for.</param>
/// <param name="noise">Where stochastic samplers take their noise.</param>
/// <returns>x at t = 0, shaped as start.</returns>
public delegate Tensor Sampler(ScoreFunction score, IProcess process, Tensor start, IReadOnlyList<double> times, INoise noise);
