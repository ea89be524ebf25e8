using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;

namespace Amodal.Tests.Diffusion.Sampling;

/// <summary>
/// Single steps worked out with a pencil, on one number and with noise that is given: the samplers' code is one for every
/// engine, so that comparing engines cannot show a fault in it.
/// </summary>
public class StepsByHandTests
{
    private const double Start = 1.3, Middle = 0.6;
    private static readonly double[] _times = [1, Middle, 0];
    private static readonly IProcess _process = new VpProcess(0.1, 20);

    [Fact]
    public void Euler_Maruyama_s_step_is_the_reverse_equation_s_and_the_last_has_no_noise()
    {
        var a = new Numbers(0.7);
        var actual = SamplerSteps.EulerMaruyama<Number>(a, _process, Start, _times);
        // x + [beta x / 2 + beta s] dt + sqrt(beta dt) z, and at last without z.
        var x = Start + (((Beta(1) * Start / 2) + (Beta(1) * Score(Start, 1))) * 0.4) + (Math.Sqrt(Beta(1) * 0.4) * 0.7);
        x += ((Beta(Middle) * x / 2) + (Beta(Middle) * Score(x, Middle))) * 0.6;
        Equal(x, actual);
        a.HasAsked(1, Middle);
    }

    [Fact]
    public void A_corrector_s_step_is_Langevin_s_with_the_size_of_the_norms()
    {
        const double R = 0.3, Z1 = -0.5, Z2 = 0.7, Z3 = 1.1;
        var a = new Numbers(Z1, Z2, Z3);
        var actual = SamplerSteps.PredictorCorrector<Number>(a, _process, Start, _times, correctorSteps: 1, R);
        var x = Corrected(Start, 1, Z1);
        x += (((Beta(1) * x / 2) + (Beta(1) * Score(x, 1))) * 0.4) + (Math.Sqrt(Beta(1) * 0.4) * Z2);
        x = Corrected(x, Middle, Z3);
        x += ((Beta(Middle) * x / 2) + (Beta(Middle) * Score(x, Middle))) * 0.6;
        Equal(x, actual);
        a.HasAsked(1, 1, Middle, Middle);

        static double Corrected(double x, double t, double z)
        {
            var s = Score(x, t);
            var h = 2 * Math.Pow(R * Math.Abs(z) / Math.Abs(s), 2);
            return x + (h * s) + (Math.Sqrt(2 * h) * z);
        }
    }

    [Fact]
    public void Heun_churns_by_its_share_of_the_steps_and_corrects_where_there_is_a_score()
    {
        // Two steps and a churn of 0.4: sigma is raised by a fifth, but not over sigma(1).
        const double Z = 0.7;
        var a = new Numbers(99, Z); // at t = 1 a number is drawn, and has no effect
        var actual = SamplerSteps.Heun<Number>(a, _process, Start, _times, churn: 0.4);
        var (y, sigma) = (Start / Alpha(1), Sigma(Middle));
        var slope = -Std(1) * Score(Start, 1);
        var euler = y + (slope * (sigma - Sigma(1)));
        y += (slope - (Std(Middle) * Score(Alpha(Middle) * euler, Middle))) / 2 * (sigma - Sigma(1));

        var raised = 1.2 * sigma;
        y += Z * Math.Sqrt((raised * raised) - (sigma * sigma));
        // The time of a sigma: sigma^2 = e^B - 1, and B = 0.1 t + 9.95 t^2.
        var t = (-0.1 + Math.Sqrt(0.01 + (4 * 9.95 * Math.Log(1 + (raised * raised))))) / (2 * 9.95);
        y -= -Std(t) * Score(Alpha(t) * y, t) * raised;
        Equal(y, actual);
        a.HasAsked(1, Middle, t);
    }

    [Fact]
    public void Churn_stops_at_the_root_of_two_less_one()
    {
        var (some, most) = (new Numbers(99, 0.7), new Numbers(99, 0.7));
        Equal(SamplerSteps.Heun<Number>(some, _process, Start, _times, churn: 2 * (Math.Sqrt(2) - 1)).Value, SamplerSteps.Heun<Number>(most, _process, Start, _times, churn: 50));
        Assert.Equal(some.Asked, most.Asked);
        Equal(Sigma(Middle) * Math.Sqrt(2), _process.Sigma(most.Asked[2]));
    }

    [Fact]
    public void At_eta_1_DDIM_is_ancestral_sampling()
    {
        // The posterior of x at 0.6 given x at 1 and x0 (Ho et al. 2020, equations 6 and 7): its mean is linear in both.
        var (now, next) = (Alpha(1) * Alpha(1), Alpha(Middle) * Alpha(Middle));
        var ratio = now / next; // their alpha_t: now = alpha_t next
        var variance = (1 - next) / (1 - now) * (1 - ratio);
        var denoised = Denoised(Start, 1);
        var mean = (Math.Sqrt(next) * (1 - ratio) / (1 - now) * denoised) + (Math.Sqrt(ratio) * (1 - next) / (1 - now) * Start);
        foreach (var z in new[] { 0, 0.7, -2 })
        {
            var a = new Numbers(z);
            Equal(Denoised(mean + (Math.Sqrt(variance) * z), Middle), SamplerSteps.Ddim<Number>(a, _process, Start, _times, eta: 1));
            Assert.Equal(0, a.Left);
        }
    }

    [Theory, InlineData(0), InlineData(0.5)]
    public void DDIM_keeps_the_rest_of_the_noise_in_its_direction(double eta)
    {
        const double Z = 0.7;
        var a = new Numbers(Z);
        var actual = SamplerSteps.Ddim<Number>(a, _process, Start, _times, eta);
        var ratio = Sigma(Middle) / Sigma(1);
        var fresh = eta * Std(Middle) * Math.Sqrt(1 - (ratio * ratio)); // Song, Meng and Ermon 2021, equation 16
        var x = (Alpha(Middle) * Denoised(Start, 1)) + (Math.Sqrt((Std(Middle) * Std(Middle)) - (fresh * fresh)) * -Std(1) * Score(Start, 1)) + (fresh * Z);
        Equal(Denoised(x, Middle), actual);
        Assert.Equal(eta == 0 ? 1 : 0, a.Left);
    }

    [Fact]
    public void Flow_samplers_follow_the_velocity_over_the_whole_step()
    {
        var half = Middle / 2;
        var euler = Start - (0.4 * Score(Start, 1));
        Equal(euler - (Middle * Score(euler, Middle)), SamplerSteps.FlowEuler<Number>(new Numbers(), Start, _times));

        var midpoint = Start - (0.4 * Score(Start - (0.2 * Score(Start, 1)), 0.8));
        midpoint -= Middle * Score(midpoint - (half * Score(midpoint, Middle)), half);
        Equal(midpoint, SamplerSteps.FlowMidpoint<Number>(new Numbers(), Start, _times));

        var heun = Start - (0.4 * (Score(Start, 1) + Score(euler, Middle)) / 2);
        heun -= Middle * (Score(heun, Middle) + Score(heun - (Middle * Score(heun, Middle)), 0)) / 2;
        Equal(heun, SamplerSteps.FlowHeun<Number>(new Numbers(), Start, _times));
    }

    [Fact]
    public void The_start_is_noise_of_the_process_s_spread_at_1()
    {
        Equal(0.7 * Std(1), SamplerSteps.Start<Number>(new Numbers(0.7), _process, 0.0));
        Equal(0.7 * Std(0.4), SamplerSteps.Start<Number>(new Numbers(0.7), _process, 0.0, t: 0.4));
    }

    // VP (Song et al. 2021): beta rises from 0.1 to 20, alpha = exp(-B / 2) with B its integral, std^2 = 1 - exp(-B).
    private static double Beta(double t) => 0.1 + (19.9 * t);

    private static double Alpha(double t) => Math.Exp(-((0.1 * t) + (9.95 * t * t)) / 2);

    private static double Std(double t) => Math.Sqrt(1 - (Alpha(t) * Alpha(t)));

    private static double Sigma(double t) => Std(t) / Alpha(t);

    /// <summary>Tweedie's formula.</summary>
    private static double Denoised(double x, double t) => (x + (Std(t) * Std(t) * Score(x, t))) / Alpha(t);

    /// <summary>Of no process: a step does not ask what it follows.</summary>
    private static double Score(double x, double t) => 0.2 - ((0.3 + t) * x);

    /// <summary>Float64 and a dozen operations; 1 / alpha(1) = 152 is the largest that is taken from another of its size.</summary>
    private static void Equal(double expected, Number actual) => Relative.Equal(expected, actual.Value, 1e-11);

    /// <summary>One number, of a type of its own: a factor is another thing.</summary>
    private readonly record struct Number(double Value)
    {
        public static implicit operator Number(double value) => new(value);
    }

    /// <summary>The samplers' arithmetic on one number.</summary>
    private sealed class Numbers(params double[] noise) : ILatentArithmetic<Number>
    {
        private readonly Queue<double> _noise = new(noise);

        public List<double> Asked { get; } = [];

        public int Left => _noise.Count;

        public void HasAsked(params double[] times)
        {
            Assert.Equal(times.Length, Asked.Count);
            Assert.All(times.Zip(Asked), t => Equal(t.First, t.Second));
            Assert.Empty(_noise);
        }

        public Number Score(Number x, double t)
        {
            Asked.Add(t);
            return StepsByHandTests.Score(x.Value, t);
        }

        public Number Noise(Number like) => _noise.Dequeue();

        public Number Times(Number x, double factor) => x.Value * factor;

        public Number Times(Number x, Number y) => x.Value * y.Value;

        public Number Plus(Number x, Number y, double factor = 1) => x.Value + (factor * y.Value);

        public Number NormRatio(Number x, Number y) => Math.Abs(x.Value) / Math.Abs(y.Value);

        public Number Walk(Number start, int steps, Func<Number, int, Number> step) => Enumerable.Range(0, steps).Aggregate(start, step);

        public Number Keep(Number x) => x;

        public void Free(Number x)
        {
        }
    }
}
