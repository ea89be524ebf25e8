namespace Amodal.Diffusion.Sampling;

/// <summary>The algorithms of <c>Samplers</c>, which documents them, over any arithmetic: stated once for every engine.</summary>
internal static class SamplerSteps
{
    /// <summary>The sampler that the options name, with them.</summary>
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
        ((Latent<T>)(new Latent<T>(a, like).Noise() * process.Std(t))).Value; // not z alone: VE's std(1) is about 10

    public static T EulerMaruyama<T>(ILatentArithmetic<T> a, IProcess process, T start, IReadOnlyList<double> times, double? lastStep = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lastStep ?? 1, nameof(lastStep));
        return Walk(a, start, times, (x, t, next) =>
            ReverseStep(process, x, t, next == 0 ? lastStep ?? (t - next) : t - next, next == 0));
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
                x = LangevinStep(x, t, signalToNoise);
            }

            return ReverseStep(process, x, t, t - next, next == 0);
        });
    }

    public static T Heun<T>(ILatentArithmetic<T> a, IProcess process, T start, IReadOnlyList<double> times, double churn)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(churn);
        var gamma = Math.Min(churn / (times.Count - 1), Math.Sqrt(2) - 1);
        return Walk(a, start, times, (x, t, next) =>
        {
            (x, t) = gamma > 0 ? Churn(process, x, t, gamma) : (x, t);
            var h = process.Sigma(next) - process.Sigma(t);
            Latent<T> y = x / process.Alpha(t);
            var slope = NoisePrediction(process, x, t);
            var euler = y + slope * h;
            if (next == 0)
            {
                return euler; // alpha(0) = 1, and there is no score at 0 to correct with
            }

            var nextSlope = NoisePrediction<T>(process, euler * process.Alpha(next), next);
            return (y + (slope + nextSlope) * (h / 2)) * process.Alpha(next);
        });
    }

    public static T Ddim<T>(ILatentArithmetic<T> a, IProcess process, T start, IReadOnlyList<double> times, double eta)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(eta);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(eta, 1);
        return Walk(a, start, times, (x, t, next) =>
        {
            var e = NoisePrediction(process, x, t); // the algorithm's network predicts noise, ours a score
            var (ofX, ofNoise) = process.DenoisedFromNoise(t);
            var denoised = x * ofX + e * ofNoise;
            if (next == 0)
            {
                return denoised;
            }

            var (nextStd, ratio) = (process.Std(next), process.Sigma(next) / process.Sigma(t));
            var fresh = eta * nextStd * Math.Sqrt(1 - (ratio * ratio));
            var mean = denoised * process.Alpha(next) + e * Math.Sqrt((nextStd * nextStd) - (fresh * fresh));
            return fresh > 0 ? mean + mean.Noise() * fresh : mean;
        });
    }

    public static T ProbabilityFlow<T>(ILatentArithmetic<T> a, IProcess process, T start, IReadOnlyList<double> times) =>
        Walk(a, start, times, (x, t, next) =>
        {
            var (sigma, nextSigma) = (process.Sigma(t), process.Sigma(next));
            var h = nextSigma - sigma;
            Latent<T> y = x / process.Alpha(t);
            var k1 = NoisePrediction(process, x, t);
            if (next == 0)
            {
                return y + k1 * h;
            }

            var middle = process.TimeOfSigma((sigma + nextSigma) / 2);
            var k2 = Slope(y + k1 * (h / 2), middle);
            var k3 = Slope(y + k2 * (h / 2), middle);
            var k4 = Slope(y + k3 * h, next);
            return (y + (k1 + (k2 + k3) * 2 + k4) * (h / 6)) * process.Alpha(next);

            Latent<T> Slope(Latent<T> at, double time) => NoisePrediction<T>(process, at * process.Alpha(time), time);
        });

    /// <summary>Of <c>FlowSamplers</c>, where the arithmetic's score is the velocity.</summary>
    public static T FlowEuler<T>(ILatentArithmetic<T> a, T start, IReadOnlyList<double> times) =>
        Walk(a, start, times, (x, t, next) => x + x.Score(t) * (next - t));

    /// <inheritdoc cref="FlowEuler"/>
    public static T FlowMidpoint<T>(ILatentArithmetic<T> a, T start, IReadOnlyList<double> times) =>
        Walk(a, start, times, (x, t, next) =>
        {
            var middle = x + x.Score(t) * ((next - t) / 2);
            return x + middle.Score((t + next) / 2) * (next - t);
        });

    /// <inheritdoc cref="FlowEuler"/>
    public static T FlowHeun<T>(ILatentArithmetic<T> a, T start, IReadOnlyList<double> times) =>
        Walk(a, start, times, (x, t, next) =>
        {
            var slope = x.Score(t);
            var end = (x + slope * (next - t)).Score(next);
            return x + (slope + end) * ((next - t) / 2);
        });

    /// <summary>The grid's steps, one after the other.</summary>
    /// <param name="start">x at times[0].</param>
    public static T Walk<T>(ILatentArithmetic<T> a, T start, IReadOnlyList<double> times, Func<Latent<T>, double, double, Latent<T>> step)
    {
        TimeGrid.Check(times);
        return a.Walk(start, times.Count - 1, (x, i) => step(new Latent<T>(a, x), times[i], times[i + 1]).Value);
    }

    /// <summary>One Euler-Maruyama step backwards: x - [f x - g^2 s] dt + g sqrt(dt) z, the last one without z.</summary>
    private static Latent<T> ReverseStep<T>(IProcess process, Latent<T> x, double t, double dt, bool isLast)
    {
        var g = process.Diffusion(t);
        // Backwards in time, with dt > 0, the score's sign is plus; the thesis prints minus, and no drift.
        var mean = x * (1 - (process.Drift(t) * dt)) + x.Score(t) * (g * g * dt);
        return isLast ? mean : mean + x.Noise() * (g * Math.Sqrt(dt));
    }

    /// <summary>x + h s + sqrt(2 h) z with h = 2 (r |z| / |s|)^2, the norms taken row by row (Song et al. 2021, algorithm 4).</summary>
    private static Latent<T> LangevinStep<T>(Latent<T> x, double t, double signalToNoise)
    {
        var s = x.Score(t);
        var z = x.Noise();
        Latent<T> ratio = z.NormRatio(s) * signalToNoise;
        return x + s * (ratio * ratio) * 2 + z * ratio * 2;
    }

    /// <summary>Raises sigma by the factor 1 + gamma with fresh noise, and says at which time that is.</summary>
    private static (Latent<T> X, double T) Churn<T>(IProcess process, Latent<T> x, double t, double gamma)
    {
        var sigma = process.Sigma(t);
        var raised = Math.Min(sigma * (1 + gamma), process.Sigma(1)); // the network knows no time after 1
        var time = process.TimeOfSigma(raised);
        // Noise is drawn even where there is none to add: how many draws a run takes must not hang on rounding.
        var y = x / process.Alpha(t) + x.Noise() * Math.Sqrt((raised * raised) - (sigma * sigma));
        return (y * process.Alpha(time), time);
    }

    /// <summary>e = -std s.</summary>
    private static Latent<T> NoisePrediction<T>(IProcess process, Latent<T> x, double t) => x.Score(t) * -process.Std(t);
}
