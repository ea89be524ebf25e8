namespace Amodal.Diffusion.Sampling;

/// <summary>The score of p_t at x, one network evaluation; the velocity where the objective is flow.</summary>
/// <typeparam name="T">A batch of latents.</typeparam>
/// <param name="a">The arithmetic that asks, whose memory may be used for the answer.</param>
/// <param name="t">Diffusion time in (0, 1], of every row.</param>
internal delegate T LatentScore<T>(ILatentArithmetic<T> a, T x, double t);

/// <summary>
/// What the samplers do with noisy latents, whatever holds them: torch tensors or plain arrays. Every operation gives a
/// new value and changes none.
/// </summary>
/// <typeparam name="T">A batch of latents, or of one number a row.</typeparam>
internal interface ILatentArithmetic<T>
{
    /// <summary>The score of p_t at x, one network evaluation.</summary>
    T Score(T x, double t);

    /// <summary>Fresh standard normal noise, shaped as like.</summary>
    T Noise(T like);

    /// <summary>factor * x.</summary>
    T Times(T x, double factor);

    /// <summary>x * y; y is shaped as x or has one number a row.</summary>
    T Times(T x, T y);

    /// <summary>x + factor * y.</summary>
    T Plus(T x, T y, double factor = 1);

    /// <summary>|x| / |y| row by row: one number a row.</summary>
    T NormRatio(T x, T y);

    /// <summary>Applies the steps one after the other. What a step makes is freed at its end but for its result; the start is not.</summary>
    /// <param name="step">From the state and the step's number to the next state, which the step makes.</param>
    T Walk(T start, int steps, Func<T, int, T> step);

    /// <summary>Within a step: x outlives it, until it is freed or the walk ends. Not for the step's result.</summary>
    T Keep(T x);

    /// <summary>Frees what was kept.</summary>
    void Free(T x);
}
