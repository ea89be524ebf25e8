using static TorchSharp.torch.nn;

namespace Amodal.Methods.Imagination;

/// <summary>
/// The missing modality imagination network (Zhao, Li and Jin 2021). From the codes of what is observed, those of 0 for the rest, a cascade
/// imagines the codes of what is missing, a second one goes back, and a head predicts from the first one's bottlenecks. The loss is
/// <code>task + a |imagined - T|^2 + c |back - code|^2,</code>
/// each the mean over its numbers. T are the codes that a teacher, encoders trained on complete utterances, gives of the reverse
/// input: what is missing is there, and what is observed is 0. The student's encoders begin as the teacher's.
/// </summary>
internal sealed class MminNetwork : VectorNetwork
{
    private const double MostGradient = 5;
    private static readonly int[] _hidden = [256, 128, 64];
    private readonly MminOptions _options;
    [ComponentName(Name = "teacher")] private readonly ModuleList<Sequential> _teacher;
    [ComponentName(Name = "teacherHead")] private readonly Sequential _teacherHead;
    [ComponentName(Name = "encoders")] private readonly ModuleList<Sequential> _encoders;
    [ComponentName(Name = "forward")] private readonly Imagination _forward;
    [ComponentName(Name = "backward")] private readonly Imagination _backward;
    [ComponentName(Name = "head")] private readonly Sequential _head;

    public MminNetwork(VectorContext context)
        : base(nameof(MminNetwork))
    {
        _options = context.Options.Methods.Of<MminOptions>();
        var size = Layers.Code * context.Widths.Count;
        _teacher = ModuleList([.. context.Widths.Select(Layers.Encoder)]);
        _teacherHead = Layers.Head(size, context.Target.Width);
        _encoders = ModuleList([.. context.Widths.Select(Layers.Encoder)]);
        _forward = new Imagination(size, _options.Blocks);
        _backward = new Imagination(size, _options.Blocks);
        _head = Layers.Head(_hidden[^1] * _options.Blocks, context.Target.Width);
        RegisterComponents();
    }

    /// <summary>Its line in the catalogue.</summary>
    public static MethodDescriptor Descriptor { get; } = VectorMethod.Describe(
        "mmin", "The missing modality imagination network. Costs: a few minutes beside the classifiers.", ["mmin-teacher", "mmin"], context => new MminNetwork(context), new MminOptions());

    public override IReadOnlyList<IReadOnlyDictionary<string, Module>> Kept =>
    [
        new Dictionary<string, Module> { ["encoders"] = _teacher, ["head"] = _teacherHead },
        new Dictionary<string, Module> { ["encoders"] = _encoders, ["forward"] = _forward, ["backward"] = _backward, ["head"] = _head },
    ];

    public override void Train(IReadOnlyList<string> names, VectorData data, IStageSequence stages)
    {
        stages.Run(new PlainStage(
            names[0], data.Seed, Kept[0], _options.Training, data.Labelled,
            (rows, _) => TargetLoss.Mean(data.Target, Taught(data.Train(rows)), data.Labels(rows)),
            stop => data.Loss(data.Sets[^1], Taught, stop))
        {
            Rate = epoch => Schedule.Rate(epoch, _options.Training.Epochs),
            GradientNorm = MostGradient,
        });
        _encoders.load_state_dict(_teacher.state_dict());
        stages.Run(new PlainStage(
            names[1], data.Seed, Kept[1], _options.Training, data.Labelled,
            (rows, random) => Loss(data.Train(rows, random), data.Labels(rows), data.Target),
            stop => data.Loss(Predict, stop))
        {
            Rate = epoch => Schedule.Rate(epoch, _options.Training.Epochs),
            GradientNorm = MostGradient,
        });

        Tensor Taught(VectorBatch rows) => TargetLoss.Heads(_teacherHead.forward(Encode(_teacher, rows.Observed)));
    }

    public override Tensor Predict(VectorBatch rows) => TargetLoss.Heads(_head.forward(_forward.Run(Encode(_encoders, rows.Observed)).Bottlenecks));

    /// <summary>The mean square of what is imagined less the teacher's codes of the reverse input.</summary>
    public Tensor Imagined(VectorBatch rows) => Error(_forward.Run(Encode(_encoders, rows.Observed)).Output, Reverse(rows));

    /// <summary>The teacher's codes of the reverse input: what is missing is there, and what is observed is 0.</summary>
    public Tensor Reverse(VectorBatch rows)
    {
        using var noGradient = no_grad();
        return Encode(_teacher, [.. rows.Truth.Select((x, m) => x * rows.Missing.narrow(1, m, 1))]);
    }

    private Tensor Loss(VectorBatch rows, Tensor labels, Target target)
    {
        var code = Encode(_encoders, rows.Observed);
        var (imagined, bottlenecks) = _forward.Run(code);
        return TargetLoss.Mean(target, TargetLoss.Heads(_head.forward(bottlenecks)), labels)
            .Plus(Error(imagined, Reverse(rows)), _options.Imagination)
            .Plus(Error(_backward.Run(imagined).Output, code.detach()), _options.Cycle);
    }

    private static Tensor Error(Tensor a, Tensor b) => (a - b).square().mean();

    private static Tensor Encode(ModuleList<Sequential> encoders, IReadOnlyList<Tensor> x) => cat([.. x.Select((vectors, m) => encoders[m].forward(vectors))], 1);

    /// <summary>A cascade, and two layers on what it gives.</summary>
    private sealed class Imagination : Module
    {
        [ComponentName(Name = "cascade")] private readonly Cascade _cascade;
        [ComponentName(Name = "output")] private readonly Sequential _output;

        public Imagination(int size, int blocks)
            : base(nameof(Imagination))
        {
            _cascade = new Cascade(size, _hidden, blocks);
            _output = Layers.Dense([size, size, size]);
            RegisterComponents();
        }

        public (Tensor Output, Tensor Bottlenecks) Run(Tensor x)
        {
            var (output, bottlenecks) = _cascade.Run(x);
            return (_output.forward(output), bottlenecks);
        }
    }
}

/// <summary>Settings of the method mmin.</summary>
internal sealed record MminOptions
{
    /// <summary>Blocks of each cascade.</summary>
    [Range(1, 32)]
    public int Blocks { get; init; } = 5;

    /// <summary>Weight of the imagination.</summary>
    [Range(0, 1000)]
    public double Imagination { get; init; } = 4;

    /// <summary>Weight of the way back.</summary>
    [Range(0, 1000)]
    public double Cycle { get; init; } = 2;

    /// <summary>The training of the teacher, and then that of the student.</summary>
    public ClassifierStageOptions Training { get; init; } = new() { Epochs = 100, Patience = 20, LearningRate = 0.001, WeightDecay = 0, BatchSize = 256 };
}
