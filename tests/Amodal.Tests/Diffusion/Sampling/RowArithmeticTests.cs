using Amodal.Diffusion;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;
using Amodal.Tests.Diffusion.Processes;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion.Sampling;

/// <summary>The samplers on plain arrays, beside the same on tensors.</summary>
public class RowArithmeticTests
{
    private static readonly ulong[] _keys = [5, 6, 7];

    public static TheoryData<SamplerKind, ProcessKind> Every => [.. Enum.GetValues<SamplerKind>().SelectMany(s =>
        Enum.GetValues<ProcessKind>().Select(p => (s, p)))];

    [Theory, MemberData(nameof(Every))]
    public void Every_sampler_gives_what_it_gives_on_tensors(SamplerKind kind, ProcessKind processKind)
    {
        var options = new SamplerOptions { Kind = kind, Nfe = 20, Eta = 0.5, Churn = 3 };
        var (process, plan) = (EveryProcess.Create(processKind), SamplingPlan.Create(options));
        var times = plan.Times(process);
        using var scope = NewDisposeScope();
        var noise = new UtteranceNoise(_keys);
        var start = Samplers.Start(process, zeros(3, 4, 5), noise);
        // A score grows as 1 / std towards t = 0, where samplers do not ask for it; a velocity they ask for there, too.
        Func<double, double> scale = options.IsFlow ? _ => 1 : process.Std;
        var expected = plan.Sampler((x, t) => (x.tanh() - (x * 2f)) / (options.IsFlow ? ones_like(x) : process.Std(t, x)), process, start, times, noise).data<float>().ToArray();

        var rows = new RowArithmetic(Answering((x, t, score) => Score(scale(t), x, score)), new RowNoise(_keys));
        var actual = SamplerSteps.Run(options, rows, process, SamplerSteps.Start(rows, process, new LatentRows(3, 20)), times);

        // A rounding of numbers up to 40 (VE's start) in each of some ten operations a step, 20 steps, none of which makes it grow.
        Relative.Equal(expected, actual.Values, 10 * 20 * Relative.Rounding, size: 10);
        Assert.Contains(expected, x => Math.Abs(x) > 0.01);
    }

    [Fact]
    public void Noise_is_that_of_tensors_bit_by_bit()
    {
        using var scope = NewDisposeScope();
        var (ofTensors, ofRows) = (new UtteranceNoise(_keys), new RowNoise(_keys));
        var rows = new float[3 * 7];
        for (var draw = 0; draw < 2; draw++)
        {
            ofRows.Fill(rows, 3);
            Assert.Equal(ofTensors.Like(zeros(3, 7, 1)).data<float>().ToArray(), rows);
        }

        Assert.Throws<ArgumentException>(() => ofRows.Fill(rows, 7));
    }

    [Theory]
    [InlineData(SamplerKind.EulerMaruyama)]
    [InlineData(SamplerKind.PredictorCorrector)]
    [InlineData(SamplerKind.DpmSolver3M)]
    public void A_thousand_steps_use_no_more_arrays_than_ten(SamplerKind kind)
    {
        Assert.Equal(Arrays(kind, 10), Arrays(kind, 1000));
    }

    /// <summary>How many different arrays a score is given and fills.</summary>
    private static int Arrays(SamplerKind kind, int steps)
    {
        var process = EveryProcess.Create(ProcessKind.VP);
        var seen = new HashSet<float[]>();
        var rows = new RowArithmetic(Answering(Score), new RowNoise(_keys));
        _ = SamplerSteps.Run(new SamplerOptions { Kind = kind }, rows, process, new LatentRows(3, 20), TimeGrid.Uniform(steps));
        return seen.Count;

        void Score(LatentRows x, double t, LatentRows score)
        {
            seen.Add(x.Values);
            seen.Add(score.Values);
            x.Values.CopyTo(score.Values.AsSpan());
        }
    }

    /// <summary>A score that fills memory of the arithmetic's, as engines do.</summary>
    private static LatentScore<LatentRows> Answering(Action<LatentRows, double, LatentRows> fill) => (a, x, t) =>
    {
        var answer = ((RowArithmetic)a).Make(x.Rows, x.Width);
        fill(x, t, answer);
        return answer;
    };

    private static void Score(double scale, LatentRows x, LatentRows score)
    {
        for (var i = 0; i < x.Values.Length; i++)
        {
            score.Values[i] = (MathF.Tanh(x.Values[i]) - (2 * x.Values[i])) / (float)scale;
        }
    }
}
