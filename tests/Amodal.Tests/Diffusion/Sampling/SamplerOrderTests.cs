using Amodal.Diffusion;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;
using Amodal.Tests.Diffusion.Processes;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion.Sampling;

/// <summary>
/// Orders of convergence on a Gaussian, in float64, without sampling error. Deterministic samplers are held against the
/// closed form of the flow; stochastic ones are linear for a Gaussian, so that their exact mean and variance come from
/// running them once with every noise number set to 1 in turn.
/// </summary>
public class SamplerOrderTests
{
    private static readonly Normal1D _data = new(Mean: 0.7, Std: 0.6);

    [Theory]
    [InlineData(ProcessKind.VE)]
    [InlineData(ProcessKind.VP)]
    [InlineData(ProcessKind.SubVP)]
    [InlineData(ProcessKind.CosineVP)]
    public void Deterministic_samplers_have_their_orders(ProcessKind kind)
    {
        // Theory: 1, 2 and 4; slopes of the last halving, which the next term of the error moves by a part of 1 / N.
        var process = EveryProcess.Create(kind);
        var ddim = Slope(FlowError(NamedSampler.All["DDIM"], process), 256);
        var heun = Slope(FlowError(NamedSampler.All["Heun"], process), 256);
        var rungeKutta = Slope(FlowError(NamedSampler.All["probability flow"], process), 256);
        TestContext.Current.TestOutputHelper?.WriteLine($"{kind}: DDIM {ddim:F2}, Heun {heun:F2}, RK4 {rungeKutta:F2}");
        Assert.Equal(1, ddim, 0.05);
        Assert.Equal(2, heun, 0.1);
        Assert.Equal(4, rungeKutta, 0.25);
    }

    [Theory]
    [InlineData(ProcessKind.VE)]
    [InlineData(ProcessKind.VP)]
    [InlineData(ProcessKind.SubVP)]
    [InlineData(ProcessKind.CosineVP)]
    public void Multistep_solvers_have_their_orders_on_even_steps_of_log_snr(ProcessKind kind)
    {
        // A step of lambda is then some 10 / N. The very first step is of order 1: with VE, where sigma(1) is 10 and the
        // denoised mean still moves, it leaves an error of order 2; elsewhere sigma(1) is 150 and it leaves none to speak of.
        var process = EveryProcess.Create(kind);
        var second = Slope(FlowError(NamedSampler.All["DPM-Solver++ 2M"], process, GridKind.LogSnr), 256);
        var third = Slope(FlowError(NamedSampler.All["DPM-Solver++ 3M"], process, GridKind.LogSnr), 256);
        TestContext.Current.TestOutputHelper?.WriteLine($"{kind}: 2M {second:F2}, 3M {third:F2}");
        Assert.Equal(2, second, 0.1);
        Assert.InRange(third, kind == ProcessKind.VE ? 1.9 : 2.9, double.PositiveInfinity);
    }

    [Theory]
    [InlineData(ProcessKind.VE)]
    [InlineData(ProcessKind.VP)]
    [InlineData(ProcessKind.CosineVP)]
    public void With_ten_evaluations_multistep_solvers_are_ahead_of_DDIM(ProcessKind kind)
    {
        var process = EveryProcess.Create(kind);
        var ddim = Error("DDIM");
        Assert.InRange(Error("DPM-Solver++ 2M"), 0, ddim / 2);
        Assert.InRange(Error("DPM-Solver++ 3M"), 0, ddim / 2);

        double Error(string name) => Math.Abs(FlowError(NamedSampler.All[name], process, GridKind.LogSnr)(9));
    }

    [Theory]
    [InlineData(ProcessKind.VE)]
    [InlineData(ProcessKind.VP)]
    [InlineData(ProcessKind.SubVP)]
    [InlineData(ProcessKind.CosineVP)]
    public void Stochastic_samplers_have_weak_order_one(ProcessKind kind)
    {
        var process = EveryProcess.Create(kind);
        var euler = Slope(VarianceError(NamedSampler.All["Euler-Maruyama"], process, EulerLimit(process)), 256);
        var ancestral = Slope(VarianceError(NamedSampler.All["DDIM, eta 1"], process, DenoisedLimit(process)), 256);
        TestContext.Current.TestOutputHelper?.WriteLine($"{kind}: EM {euler:F2}, DDIM eta 1 {ancestral:F2}");
        Assert.Equal(1, euler, 0.15);
        Assert.Equal(1, ancestral, 0.15);
    }

    [Theory]
    [InlineData(ProcessKind.VE)]
    [InlineData(ProcessKind.VP)]
    public void Churn_leaves_the_variance_right_in_the_limit(ProcessKind kind)
    {
        var error = VarianceError(NamedSampler.All["Heun with churn"], EveryProcess.Create(kind), DenoisedLimit(EveryProcess.Create(kind)));
        Assert.InRange(Math.Abs(error(256)), 0, Math.Abs(error(64)) / 3);
        Assert.InRange(Math.Abs(error(256)) / (_data.Std * _data.Std), 0, 0.01);
    }

    /// <summary>log2 of how much the error falls when the steps from 1 to epsilon are halved from 1 / intervals.</summary>
    private static double Slope(Func<int, double> error, int intervals) =>
        Math.Log2(Math.Abs(error(intervals)) / Math.Abs(error(2 * intervals)));

    private static Func<int, double> FlowError(Sampler sample, IProcess process, GridKind grid = GridKind.Uniform) => intervals =>
    {
        using var scope = NewDisposeScope();
        var start = process.Std(1) * 1.3;
        using var noise = new TorchNoise(seed: 1);
        var x = sample(_data.Score(process), process, full([1, 1, 1], start, dtype: ScalarType.Float64), TimeGrid.Create(grid, process, intervals + 1), noise);
        return x.item<double>() - _data.Flow(process, start, TimeGrid.DefaultEpsilon);
    };

    private static Func<int, double> VarianceError(Sampler sample, IProcess process, double limit) => intervals =>
    {
        using var scope = NewDisposeScope();
        var centred = _data with { Mean = 0 };
        var start = zeros([(2 * intervals) + 4, 1, 1], dtype: ScalarType.Float64); // a row per draw that a sampler may take
        start[0] = Math.Sqrt(centred.VarianceAt(process, 1));
        var x = sample(centred.Score(process), process, start, TimeGrid.Uniform(intervals + 1), new OneAtATime());
        return x.square().sum().item<double>() - limit;
    };

    /// <summary>With exact marginals at epsilon, the variance after the last Euler-Maruyama step.</summary>
    private static double EulerLimit(IProcess process)
    {
        const double Epsilon = TimeGrid.DefaultEpsilon;
        var variance = _data.VarianceAt(process, Epsilon);
        var factor = 1 - (process.Drift(Epsilon) * Epsilon) - (Math.Pow(process.Diffusion(Epsilon), 2) * Epsilon / variance);
        return factor * factor * variance;
    }

    /// <summary>The same after denoising: x0 - mean = alpha std_0^2 / V (x - alpha mean).</summary>
    private static double DenoisedLimit(IProcess process)
    {
        var variance = _data.VarianceAt(process, TimeGrid.DefaultEpsilon);
        var factor = process.Alpha(TimeGrid.DefaultEpsilon) * _data.Std * _data.Std / variance;
        return factor * factor * variance;
    }

    /// <summary>Draw k is 1 in row k + 1 and 0 elsewhere: each row then carries one source of variance to the end.</summary>
    private sealed class OneAtATime : INoise
    {
        private int _row;

        public Tensor Like(Tensor x)
        {
            var z = zeros_like(x);
            z[++_row] = 1;
            return z;
        }
    }
}
