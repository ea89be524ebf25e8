using Amodal.Diffusion;
using Amodal.Diffusion.Distillation;
using Amodal.Diffusion.Processes;
using Amodal.Randomness;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion.Distillation;

/// <summary>
/// An exact teacher distilled into a student that has a line at every time, which can hold the teacher's map exactly: what
/// is left is the optimiser's.
/// </summary>
public class GaussianDistillationTests
{
    private const int TeacherSteps = 16, Batch = 128;
    private static readonly Normal1D _data = new(Mean: 0.7, Std: 0.6);

    // Answers are about 1 in size. Nothing but the optimiser stands between the student and 0, and Adam's rate ends at 0.
    // Consistency needs its steps: what holds at a part's end has to spread through 16 points (600 leave 0.05, 900 below 1e-4).
    private const double Tolerance = 0.002;

    public static TheoryData<Objective, ProcessKind, int> Cases => new(
        (Objective.Score, ProcessKind.VP, 1), (Objective.Score, ProcessKind.CosineVP, 2), (Objective.Score, ProcessKind.VE, 1), (Objective.Flow, ProcessKind.VP, 1),
        (Objective.Flow, ProcessKind.VP, 4));

    [Theory, MemberData(nameof(Cases))]
    public void Progressive_distillation_halves_the_teacher_s_steps_to_the_student_s(Objective objective, ProcessKind kind, int evaluations)
    {
        var process = ExactTeacher.PathOf(objective, kind);
        var exact = new ExactTeacher(_data, objective, process);
        var teacher = Denoisers.OfTeacher(exact, objective, process, []);
        using var student = new TableStudent(TeacherSteps);
        var random = new StableRandom(2);
        for (var steps = TeacherSteps / 2; steps >= evaluations; steps /= 2)
        {
            Train(student, 200, (target, noise) => ProgressiveDistillation.Loss(
                Denoisers.OfStudent(student, []), teacher, process, target, Places(random, steps), steps, noise));
            teacher = Frozen(student);
        }

        Check(exact, student, objective, process, evaluations);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Consistency_distillation_leads_every_point_of_a_part_to_its_end(Objective objective, ProcessKind kind, int evaluations)
    {
        var process = ExactTeacher.PathOf(objective, kind);
        var exact = new ExactTeacher(_data, objective, process);
        var teacher = Denoisers.OfTeacher(exact, objective, process, []);
        using var student = new TableStudent(TeacherSteps);
        var random = new StableRandom(2);
        var own = Denoisers.OfStudent(student, []);
        Train(student, 1000, (target, noise) => ConsistencyDistillation.Loss(
            own, own, teacher, process, target, Places(random, TeacherSteps), TeacherSteps, evaluations, noise));
        Check(exact, student, objective, process, evaluations);
    }

    [Fact]
    public void Places_are_one_a_row_and_on_the_grid()
    {
        using var scope = NewDisposeScope();
        using var student = new TableStudent(4);
        var denoiser = Denoisers.OfStudent(student, []);
        foreach (var places in new int[][] { [1], [0, 1], [5, 1] })
        {
            Assert.Throws<ArgumentException>(() => ProgressiveDistillation.Loss(denoiser, denoiser, FlowMatching.Path, zeros(2, 1, 1), places, 4, new Draws.Noise(1)));
        }
    }

    /// <summary>The student's few steps end where the teacher's many do from the same noise, and the teacher's own few do not.</summary>
    private static void Check(ExactTeacher exact, TableStudent student, Objective objective, IProcess process, int evaluations)
    {
        using var scope = NewDisposeScope();
        var z = Draws.Normal(9, 50, 1, 10).to(ScalarType.Float64);
        var many = EvenSampling.Sample(exact, objective, process, z, [], TeacherSteps);
        var few = EvenSampling.Sample(exact, objective, process, z, [], evaluations);
        var distilled = EvenSampling.Sample(new StudentNetwork(student, objective, process), objective, process, z, [], evaluations);
        var error = (distilled - many).square().mean().sqrt().item<double>();
        TestContext.Current.TestOutputHelper?.WriteLine($"student {error:F4}, teacher's own {(few - many).square().mean().sqrt().item<double>():F4}, spread {distilled.std().item<double>():F3}, mean {distilled.mean().item<double>():F3}");
        Assert.InRange(error, 0, Tolerance);
        Assert.True((few - many).square().mean().sqrt().item<double>() > 50 * Tolerance);
    }

    private static void Train(TableStudent student, int steps, Func<Tensor, Draws.Noise, Tensor> loss)
    {
        const double Rate = 0.05;
        var (random, noise) = (new StableRandom(3), new Draws.Noise(4));
        using var optimiser = optim.Adam(student.parameters(), Rate);
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            optimiser.ParamGroups.Single().LearningRate = Rate / 2 * (1 + Math.Cos(Math.PI * step / steps));
            var target = (Draws.Normal(random, Batch, 1, 8).to(ScalarType.Float64) * _data.Std) + _data.Mean;
            optimiser.zero_grad();
            loss(target, noise).backward();
            optimiser.step();
        }
    }

    private static Denoiser Frozen(TableStudent student)
    {
        var copy = new TableStudent(TeacherSteps);
        copy.load_state_dict(student.state_dict());
        return Denoisers.OfStudent(copy, []);
    }

    private static int[] Places(StableRandom random, int steps) => [.. Enumerable.Range(0, Batch).Select(_ => 1 + random.NextInt(steps))];
}
