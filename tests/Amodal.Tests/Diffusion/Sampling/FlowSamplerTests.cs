using Amodal.Diffusion;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;
using Amodal.Tests.Diffusion.Processes;
using TorchSharp;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion.Sampling;

public class FlowSamplerTests
{
    private static readonly Normal1D _data = new(Mean: 0.7, Std: 0.6);

    private static readonly Dictionary<string, (Sampler Sample, double Order)> _samplers = new()
    {
        ["Euler"] = (FlowSamplers.Euler, 1),
        ["midpoint"] = (FlowSamplers.Midpoint, 2),
        ["Heun"] = (FlowSamplers.Heun, 2),
    };

    public static TheoryData<string> Names => [.. _samplers.Keys];

    [Theory, MemberData(nameof(Names))]
    public void A_Gaussian_s_flow_is_followed_to_its_end_with_at_least_the_method_s_order(string name)
    {
        // The midpoint rule's errors before and after the middle cancel here, which makes it 3: the mixture shows its 2.
        var (sample, order) = _samplers[name];
        var slope = Math.Log2(Math.Abs(Error(64)) / Math.Abs(Error(128))); // the next term of the error moves it by a part of 1 / N
        TestContext.Current.TestOutputHelper?.WriteLine($"{name} {slope:F2}");
        Assert.InRange(slope, order - 0.1, double.PositiveInfinity);
        Assert.InRange(Math.Abs(Error(128)), 0, order == 1 ? 0.02 : 1e-4);

        double Error(int steps)
        {
            using var scope = NewDisposeScope();
            using var noise = new TorchNoise(seed: 1);
            var start = full([1, 1, 1], 1.3, dtype: ScalarType.Float64);
            var x = sample(StraightFlow.Velocity(_data), FlowMatching.Path, start, TimeGrid.Even(steps), noise);
            return x.item<double>() - (_data.Mean + (_data.Std * 1.3));
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void A_mixture_s_flow_is_followed_with_the_method_s_order(string name)
    {
        // By the differences of halvings, which fall as the error does; the next term moves the slope by some 10 / N.
        var (sample, order) = _samplers[name];
        using var scope = NewDisposeScope();
        var ends = new[] { 512, 1024, 2048 }.Select(End).ToArray();
        var slope = Math.Log2(Math.Abs(ends[0] - ends[1]) / Math.Abs(ends[1] - ends[2]));
        TestContext.Current.TestOutputHelper?.WriteLine($"{name} {slope:F2}");
        Assert.Equal(order, slope, 0.1);

        double End(int steps)
        {
            var velocity = StraightFlow.Velocity(TwoPeaks.Score(FlowMatching.Path), TwoPeaks.Mean);
            var start = full([1, 1, 1], 0.3, dtype: ScalarType.Float64);
            return sample(velocity, FlowMatching.Path, start, TimeGrid.Even(steps), new UtteranceNoise(1, ["a"])).item<double>();
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Samples_of_a_mixture_have_its_moments_and_distribution(string name)
    {
        const int Count = 20_000;
        var (sample, order) = _samplers[name];
        using var scope = NewDisposeScope();
        using var noise = new TorchNoise(seed: 4);
        var velocity = StraightFlow.Velocity(TwoPeaks.Score(FlowMatching.Path), TwoPeaks.Mean);
        var start = Samplers.Start(FlowMatching.Path, zeros(50, 2, Count / 100, dtype: ScalarType.Float64), noise);
        var fine = Values(order == 1 ? 400 : 40);
        Assert.Equal(TwoPeaks.Mean, fine.Average(), 4 * Math.Sqrt(TwoPeaks.Variance / Count) + 0.01);
        // Four standard errors (the mixture's kurtosis is below 3), and a bias of 1 / 400, or of 1 / 40^2 with a factor of some ten.
        var mean = fine.Average();
        Assert.Equal(1, fine.Average(v => (v - mean) * (v - mean)) / TwoPeaks.Variance, 4 * Math.Sqrt(2.0 / Count) + 0.01);
        Assert.InRange(KolmogorovSmirnov.Distance(fine, TwoPeaks.Cdf), 0, KolmogorovSmirnov.Critical(Count));
        Assert.True(KolmogorovSmirnov.Distance(Values(1), TwoPeaks.Cdf) > KolmogorovSmirnov.Critical(Count)); // one step does not do

        double[] Values(int steps) => sample(velocity, FlowMatching.Path, start, TimeGrid.Even(steps), noise).contiguous().data<double>().ToArray();
    }

    [Theory, MemberData(nameof(Names))]
    public void Where_paths_are_straight_one_step_is_exact(string name)
    {
        // x_0 = 3 - 2 z: the pair's path is (1 - t) (3 - 2 z) + t z, and its velocity is constant along it: z - x_0 = 3 z - 3
        // with z = (x - 3 (1 - t)) / (3 t - 2), which float64 holds to some 1e-15 except about t = 2/3, where paths cross.
        using var scope = NewDisposeScope();
        using var noise = new TorchNoise(seed: 4);
        var z = Samplers.Start(FlowMatching.Path, zeros(5, 2, 3, dtype: ScalarType.Float64), noise);
        var x = _samplers[name].Sample((at, t) =>
        {
            var time = t[0].item<double>();
            return (((at - (3 * (1 - time))) / ((3 * time) - 2)) - 1) * 3;
        }, FlowMatching.Path, z, TimeGrid.Even(1), noise);
        Assert.True((x - (3 - (2 * z))).abs().max().item<double>() < 1e-12);
    }

    [Theory, MemberData(nameof(Names))]
    public void Ten_thousand_steps_hold_no_more_tensors_than_ten(string name)
    {
        Assert.Equal(MostLive(10), MostLive(10_000));

        long MostLive(int steps)
        {
            var (most, before) = (0L, Live());
            using (NewDisposeScope())
            {
                _samplers[name].Sample((x, t) =>
                {
                    most = Math.Max(most, Live() - before);
                    return x.neg();
                }, FlowMatching.Path, ones(1, 2, 3), TimeGrid.Even(steps), new UtteranceNoise(1, ["a"]));
            }

            Assert.Equal(before, Live());
            return most;
        }
    }

    [Fact]
    public void The_straight_path_is_a_process_whose_coefficients_fit_its_marginals()
    {
        // d alpha / dt = f alpha and d std^2 / dt = 2 f std^2 + g^2, by central differences of 1e-5: error 1e-10 and rounding 1e-11.
        var path = FlowMatching.Path;
        foreach (var t in new[] { 0.1, 0.5, 0.9 })
        {
            const double H = 1e-5;
            Assert.Equal(path.Drift(t) * path.Alpha(t), (path.Alpha(t + H) - path.Alpha(t - H)) / (2 * H), 1e-8);
            var growth = (Math.Pow(path.Std(t + H), 2) - Math.Pow(path.Std(t - H), 2)) / (2 * H);
            Assert.Equal((2 * path.Drift(t) * Math.Pow(path.Std(t), 2)) + Math.Pow(path.Diffusion(t), 2), growth, 1e-8);
        }
    }

    [Theory]
    [InlineData(ProcessKind.VP)]
    [InlineData(ProcessKind.SubVP)]
    [InlineData(ProcessKind.CosineVP)]
    public void One_evaluation_of_DDIM_gives_the_mean_of_what_is_left_to_know(ProcessKind kind)
    {
        // From t = 1 straight to 0, DDIM is the denoised mean E[x_0 | x_1] = m + alpha s^2 (x_1 - alpha m) / V, and as alpha(1) is
        // below 0.01, that is m up to 0.01 s^2 (|z| + m): here 4 deviations at most.
        using var scope = NewDisposeScope();
        using var noise = new TorchNoise(seed: 4);
        var process = EveryProcess.Create(kind);
        var plan = SamplingPlan.Create(new SamplerOptions { Kind = SamplerKind.Ddim, Nfe = 1 });
        var start = Samplers.Start(process, zeros(10, 1, 10, dtype: ScalarType.Float64), noise);
        var counter = new CountingScore(_data.Score(process));
        var x = plan.Sampler(counter.Evaluate, process, start, plan.Times(process), noise);
        var alpha = process.Alpha(1);
        var expected = ((start - (alpha * _data.Mean)) * (alpha * _data.Std * _data.Std / _data.VarianceAt(process, 1))) + _data.Mean;
        Assert.Equal((1, 1), (plan.Nfe, counter.Count));
        Assert.True((x - expected).abs().max().item<double>() < 1e-10);
        Assert.True((x - _data.Mean).abs().max().item<double>() < 0.01 * _data.Std * _data.Std * (4 + _data.Mean));
    }

    private static long Live() => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
}
