using Amodal.Diffusion;
using Amodal.Diffusion.Distillation;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion.Distillation;

public class DeterministicStepTests
{
    private static readonly Normal1D _data = new(Mean: 0.7, Std: 0.6);

    public static TheoryData<Objective, ProcessKind> Paths => new(
        [.. Enum.GetValues<ProcessKind>().Select(k => (Objective.Score, k)), (Objective.Flow, ProcessKind.VP)]);

    [Theory, MemberData(nameof(Paths))]
    public void Steps_by_the_denoiser_are_the_sampler_s(Objective objective, ProcessKind kind)
    {
        // The same algebra in another order, in float64: below 1e-10 even after division by alpha(1).
        using var scope = NewDisposeScope();
        var process = ExactTeacher.PathOf(objective, kind);
        var teacher = new ExactTeacher(_data, objective, process);
        var z = Noise(3);
        var sampled = EvenSampling.Sample(teacher, objective, process, z, [], steps: 4);
        var denoiser = Denoisers.OfTeacher(teacher, objective, process, []);
        var x = z * process.Std(1);
        foreach (var (t, next) in TimeGrid.Even(4).Zip(TimeGrid.Even(4).Skip(1)))
        {
            double[] from = [t, t, t], to = [next, next, next];
            var reached = DeterministicStep.To(process, x, denoiser(x, from), from, to);
            Assert.True(Distance(denoiser(x, from), DeterministicStep.Denoised(process, x, reached, from, to)) < 1e-10);
            x = reached;
        }

        Assert.True(Distance(sampled, x) < 1e-10);
        Assert.True(x.std().item<double>() > 0.1);
    }

    [Theory, MemberData(nameof(Paths))]
    public void Rows_go_their_own_ways_and_one_that_is_there_stays(Objective objective, ProcessKind kind)
    {
        using var scope = NewDisposeScope();
        var process = ExactTeacher.PathOf(objective, kind);
        var (x, denoised) = (Noise(3), Noise(3) * 2);
        var moved = DeterministicStep.To(process, x, denoised, [0.5, 0.5, 0], [0.5, 0, 0]);
        Assert.True(Distance(x[0], moved[0]) < 1e-15);
        Assert.True(Distance(denoised[1], moved[1]) < 1e-15); // all the way is the estimate itself
        Assert.True(Distance(x[2], moved[2]) < 1e-15);
    }

    [Theory, MemberData(nameof(Paths))]
    public void Even_steps_come_to_where_the_flow_leads(Objective objective, ProcessKind kind)
    {
        // Order 1: halving the steps' size halves the distance from the flow's end, which for z is known in closed form.
        using var scope = NewDisposeScope();
        var process = ExactTeacher.PathOf(objective, kind);
        var teacher = new ExactTeacher(_data, objective, process);
        var z = Noise(1);
        var exact = objective == Objective.Flow ? (z * _data.Std) + _data.Mean : z.clone();
        if (objective == Objective.Score)
        {
            exact = tensor(z.data<double>().Select(v => _data.Flow(process, v * process.Std(1), 1e-9)).ToArray(), z.shape);
        }

        double Error(int steps) => Distance(EvenSampling.Sample(teacher, objective, process, z, [], steps), exact);
        Assert.Equal(2, Error(512) / Error(1024), 0.2); // VE's first steps are long in sigma: the next term still shows, 1.87
    }

    [Theory, MemberData(nameof(Paths))]
    public void A_student_s_answer_passes_the_sampler_unchanged(Objective objective, ProcessKind kind)
    {
        using var scope = NewDisposeScope();
        var process = ExactTeacher.PathOf(objective, kind);
        var student = new StudentNetwork(new Answers(0.3), objective, process);
        var z = Draws.Normal(5, 3, 2, 4);
        // Float32 through the score: rounding of x, up to 4 std(1), divided by alpha(1), which is 0.0066 at least.
        var bound = 1e-6 * process.Std(1) * 4 / (objective == Objective.Flow ? 1 : process.Alpha(1));
        Assert.True(Draws.Distance(EvenSampling.Sample(student, objective, process, z, [], 1), (z * process.Std(1)) * 0.3) < bound);
        var t = full(3, 0.5);
        Assert.Equal(0, Draws.Distance(student.Evaluate(z, t, []), student.Prepare([])(z, t)));
    }

    private static Tensor Noise(int rows) => Draws.Normal(5, rows, 2, 4).to(ScalarType.Float64);

    private static double Distance(Tensor a, Tensor b) => (a - b).abs().max().item<double>();

    private sealed class Answers(double gain) : Amodal.Diffusion.Networks.IScoreNetwork
    {
        public Tensor Evaluate(Tensor x, Tensor t, IReadOnlyList<Amodal.Diffusion.Networks.Condition> conditions) => x * gain;
    }
}
