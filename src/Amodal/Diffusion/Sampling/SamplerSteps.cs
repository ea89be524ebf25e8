using Amodal.Diffusion.Processes;

namespace Amodal.Diffusion.Sampling;

/// <summary>The algorithms of <see cref="Samplers"/>, which documents them, over any arithmetic: stated once for every engine.</summary>
internal static class SamplerSteps
{
    /// <summary>The sampler that the options name, with them.</summary>
    /// <param name="options">Which, and its settings.</param>
    /// <param name="a">The arithmetic.</param>
    /// <param name="process">The forward process.</param>
    /// <param name="start">Where it starts.</param>
    /// <param name="times">The grid.</param>
    /// <param name="lastStep">Size of Euler-Maruyama's last step; null for that of the grid.</param>
    public static T Run<T>(
        SamplerOptions options, ILatentArithmetic<T> a, IProcess process, T start, IReadOnlyList<double> times, double? lastStep = null)
    {
        return options.Kind switch
        {
            SamplerKind.EulerMaruyama => EulerMaruyama(a, process, start, times, lastStep),
            SamplerKind.PredictorCorrector => PredictorCorrector(a, process, start, times, options.CorrectorSteps, options.SignalToNoise),
            SamplerKind.Heun => Heun(a, process, start, times, options.Churn),
            SamplerKind.Ddim => Ddim(a, process, start, times, options.Eta),
            SamplerKind.ProbabilityFlow => ProbabilityFlow(a, process, start, times),
            SamplerKind.DpmSolver2M => MultistepSolver.Solve(a, process, start, times, order: 2),
            SamplerKind.DpmSolver3M => MultistepSolver.Solve(a, process, start, times, order: 3),
            SamplerKind.FlowEuler => FlowEuler(a, start, times),
            SamplerKind.FlowMidpoint => FlowMidpoint(a, start, times),
            SamplerKind.FlowHeun => FlowHeun(a, start, times),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Kind, "no such sampler"),
        };
    }

    public static T Start<T>(ILatentArithmetic<T> a, IProcess process, T like, double t = 1) =>
        a.Times(a.Noise(like), process.Std(t)); // not z alone: VE's std(1) is about 10

    public static T EulerMaruyama<T>(ILatentArithmetic<T> a, IProcess process, T start, IReadOnlyList<double> times, double? lastStep = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lastStep ?? 1, nameof(lastStep));
        return Walk(a, start, times, (x, t, next) =>
            ReverseStep(a, process, x, t, next == 0 ? lastStep ?? (t - next) : t - next, next == 0));
    }

    public static T PredictorCorrector<T>(
        ILatentArithmetic<T> a, IProcess process, T start, IReadOnlyList<double> times, int correctorSteps, double signalToNoise)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(correctorSteps);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(signalToNoise);
        return Walk(a, start, times, (x, t, next) =>
        {
            for (var j = 0; j < correctorSteps; j++)
            {
                x = LangevinStep(a, x, t, signalToNoise);
            }

            return ReverseStep(a, process, x, t, t - next, next == 0);
        });
    }

    public static T Heun<T>(ILatentArithmetic<T> a, IProcess process, T start, IReadOnlyList<double> times, double churn)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(churn);
        var gamma = Math.Min(churn / (times.Count - 1), Math.Sqrt(2) - 1);
        return Walk(a, start, times, (x, t, next) =>
        {
            (x, t) = gamma > 0 ? Churn(a, process, x, t, gamma) : (x, t);
            var (sigma, nextSigma) = (process.Sigma(t), process.Sigma(next));
            var y = a.Times(x, 1 / process.Alpha(t));
            var slope = NoisePrediction(a, process, x, t);
            var euler = a.Plus(y, slope, nextSigma - sigma);
            if (next == 0)
            {
                return euler; // alpha(0) = 1, and there is no score at 0 to correct with
            }

            var nextSlope = NoisePrediction(a, process, a.Times(euler, process.Alpha(next)), next);
            return a.Times(a.Plus(y, a.Plus(slope, nextSlope), (nextSigma - sigma) / 2), process.Alpha(next));
        });
    }

    public static T Ddim<T>(ILatentArithmetic<T> a, IProcess process, T start, IReadOnlyList<double> times, double eta)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(eta);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(eta, 1);
        return Walk(a, start, times, (x, t, next) =>
        {
            var e = NoisePrediction(a, process, x, t); // the algorithm's network predicts noise, ours a score
            var (ofX, ofNoise) = process.DenoisedFromNoise(t);
            var denoised = a.Plus(a.Times(x, ofX), e, ofNoise);
            if (next == 0)
            {
                return denoised;
            }

            var (nextStd, ratio) = (process.Std(next), process.Sigma(next) / process.Sigma(t));
            var fresh = eta * nextStd * Math.Sqrt(1 - (ratio * ratio));
            var mean = a.Plus(a.Times(denoised, process.Alpha(next)), e, Math.Sqrt((nextStd * nextStd) - (fresh * fresh)));
            return fresh > 0 ? a.Plus(mean, a.Noise(mean), fresh) : mean;
        });
    }

    public static T ProbabilityFlow<T>(ILatentArithmetic<T> a, IProcess process, T start, IReadOnlyList<double> times) =>
        Walk(a, start, times, (x, t, next) =>
        {
            var (sigma, nextSigma) = (process.Sigma(t), process.Sigma(next));
            var (y, h) = (a.Times(x, 1 / process.Alpha(t)), nextSigma - sigma);
            var k1 = NoisePrediction(a, process, x, t);
            if (next == 0)
            {
                return a.Plus(y, k1, h);
            }

            var middle = process.TimeOfSigma((sigma + nextSigma) / 2);
            var k2 = Slope(a.Plus(y, k1, h / 2), middle);
            var k3 = Slope(a.Plus(y, k2, h / 2), middle);
            var k4 = Slope(a.Plus(y, k3, h), next);
            return a.Times(a.Plus(y, a.Plus(a.Plus(k1, a.Plus(k2, k3), 2), k4), h / 6), process.Alpha(next));

            T Slope(T at, double time) => NoisePrediction(a, process, a.Times(at, process.Alpha(time)), time);
        });

    /// <summary>Of <see cref="FlowSamplers"/>, where the arithmetic's score is the velocity.</summary>
    public static T FlowEuler<T>(ILatentArithmetic<T> a, T start, IReadOnlyList<double> times) =>
        Walk(a, start, times, (x, t, next) => a.Plus(x, a.Score(x, t), next - t));

    /// <inheritdoc cref="FlowEuler"/>
    public static T FlowMidpoint<T>(ILatentArithmetic<T> a, T start, IReadOnlyList<double> times) =>
        Walk(a, start, times, (x, t, next) =>
        {
            var middle = a.Plus(x, a.Score(x, t), (next - t) / 2);
            return a.Plus(x, a.Score(middle, (t + next) / 2), next - t);
        });

    /// <inheritdoc cref="FlowEuler"/>
    public static T FlowHeun<T>(ILatentArithmetic<T> a, T start, IReadOnlyList<double> times) =>
        Walk(a, start, times, (x, t, next) =>
        {
            var slope = a.Score(x, t);
            var end = a.Score(a.Plus(x, slope, next - t), next);
            return a.Plus(x, a.Plus(slope, end), (next - t) / 2);
        });

    /// <summary>One Euler-Maruyama step backwards: x - [f x - g^2 s] dt + g sqrt(dt) z, the last one without z.</summary>
    private static T ReverseStep<T>(ILatentArithmetic<T> a, IProcess process, T x, double t, double dt, bool isLast)
    {
        var g = process.Diffusion(t);
        // Backwards in time, with dt > 0, the score's sign is plus; the thesis prints minus, and no drift.
        var mean = a.Plus(a.Times(x, 1 - (process.Drift(t) * dt)), a.Score(x, t), g * g * dt);
        return isLast ? mean : a.Plus(mean, a.Noise(x), g * Math.Sqrt(dt));
    }

    /// <summary>x + h s + sqrt(2 h) z with h = 2 (r |z| / |s|)^2, the norms taken row by row (Song et al. 2021, algorithm 4).</summary>
    private static T LangevinStep<T>(ILatentArithmetic<T> a, T x, double t, double signalToNoise)
    {
        var s = a.Score(x, t);
        var z = a.Noise(x);
        var ratio = a.Times(a.NormRatio(z, s), signalToNoise);
        return a.Plus(a.Plus(x, a.Times(s, a.Times(ratio, ratio)), 2), a.Times(z, ratio), 2);
    }

    /// <summary>Raises sigma by the factor 1 + gamma with fresh noise, and says at which time that is.</summary>
    private static (T X, double T) Churn<T>(ILatentArithmetic<T> a, IProcess process, T x, double t, double gamma)
    {
        var sigma = process.Sigma(t);
        var raised = Math.Min(sigma * (1 + gamma), process.Sigma(1)); // the network knows no time after 1
        var time = process.TimeOfSigma(raised);
        // Noise is drawn even where there is none to add: how many draws a run takes must not hang on rounding.
        var y = a.Plus(a.Times(x, 1 / process.Alpha(t)), a.Noise(x), Math.Sqrt((raised * raised) - (sigma * sigma)));
        return (a.Times(y, process.Alpha(time)), time);
    }

    /// <summary>e = -std s.</summary>
    private static T NoisePrediction<T>(ILatentArithmetic<T> a, IProcess process, T x, double t) => a.Times(a.Score(x, t), -process.Std(t));

    private static T Walk<T>(ILatentArithmetic<T> a, T start, IReadOnlyList<double> times, Func<T, double, double, T> step)
    {
        TimeGrid.Check(times);
        return a.Walk(start, times.Count - 1, (x, i) => step(x, times[i], times[i + 1]));
    }
}
