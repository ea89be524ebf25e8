using Amodal.Diffusion.Distillation;

namespace Amodal.Methods.TwoStage;

/// <summary>
/// Stage 1c, or a round of it: the students of all modalities in one pass on frozen latents, the score networks frozen too.
/// The best epoch is the one whose samples are closest to the teacher's from the same noise, on the validation split.
/// </summary>
internal sealed class DistillationStage : AveragedStage, IDisposable
{
    private const int MostValidRows = 512;
    private const int ValidBatch = 128;
    private readonly TwoStageModel _model;
    private readonly DistillationOptions _options;
    private readonly int _steps;
    private readonly LatentStore _train;
    private readonly LatentStore _valid;
    private readonly ScoreNetworks? _before;
    private readonly IProcess _process;
    private readonly ConditionSampler _conditions;
    private Couples? _reference;

    /// <summary>Creates the stage.</summary>
    /// <param name="name">The round's name.</param>
    /// <param name="model">The model; its score networks are the teacher, and its students what is trained.</param>
    /// <param name="steps">The student's steps in this round.</param>
    /// <param name="before">The student of the round before, which then is the teacher; null in the first.</param>
    /// <param name="live">The weights that are trained, as they begin.</param>
    /// <param name="seed">Seed of everything random.</param>
    public DistillationStage(
        string name, TwoStageModel model, int steps, LatentStore train, LatentStore valid, ScoreNetworks? before, ScoreNetworks live, ulong seed)
        : base(name, seed, AveragedTraining.Of(model.Options.Distillation), train.Count, live, "students", model.Students!)
    {
        (_model, _options, _steps, _train, _valid, _before) = (model, model.Options.Distillation, steps, train, valid, before);
        _process = model.Options.CreateProcess();
        _conditions = new ConditionSampler(model.Modalities.Count);
    }

    private Objective Objective => _model.Options.Objective;

    public override void Prepare(int epoch, Action<double> progress, CancellationToken stop) => _reference ??= Couples.Draw(
        _valid, Math.Min(_valid.Count, MostValidRows), 1, _conditions, new StableRandom(Seed, StableRandom.KeyOf("distillation-validation")).NextUInt64(),
        (m, z, conditions) => EvenSampling.Sample(_model.Scores.All[m], Objective, _process, z, conditions, _options.TeacherSteps), progress, stop);

    /// <summary>|student - teacher|^2 / |teacher|^2 of samples from the same noise, the mean over modalities.</summary>
    public override double Validate(CancellationToken stop)
    {
        using var noGradient = no_grad();
        var errors = Average.All.Select((network, m) =>
        {
            var (error, size) = (0.0, 0.0);
            foreach (var which in Enumerable.Range(0, _reference!.Count).Chunk(ValidBatch))
            {
                stop.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                var (z, expected, conditions) = _reference.Take(m, which);
                var student = new StudentNetwork(network, Objective, _process);
                var x = EvenSampling.Sample(student, Objective, _process, z, conditions, _steps);
                error += (x - expected).square().sum().item<float>();
                size += expected.square().sum().item<float>();
            }

            Note($"error/valid/{_model.Modalities[m].Name}", error / size);
            return error / size;
        });
        return errors.Average();
    }

    public void Dispose() => _reference?.Dispose();

    protected override Tensor Loss(long[] batch, StableRandom random)
    {
        var latents = Rows(_train, batch);
        using var noise = new TorchNoise(random.NextUInt64(), latents[0].device);
        var losses = stack(Live.All.Select((network, m) => Loss(network, m, latents, random, noise)));
        foreach (var (m, loss) in losses.detach().cpu().data<float>().Index())
        {
            Note($"loss/train/{_model.Modalities[m].Name}", loss, batch.Length);
        }

        return losses.sum();
    }

    private Tensor Loss(ScoreNetwork network, int m, List<Tensor> latents, StableRandom random, TorchNoise noise)
    {
        var conditions = _conditions.Draw(random, m, latents);
        var student = Denoisers.OfStudent(network, conditions);
        var teacher = _before is null
            ? Denoisers.OfTeacher(_model.Scores.All[m], Objective, _process, conditions)
            : Denoisers.OfStudent(_before.All[m], conditions);
        return _options.Method == DistillationMethod.Progressive
            ? ProgressiveDistillation.Loss(student, teacher, _process, latents[m], Places(_steps), _steps, noise)
            : ConsistencyDistillation.Loss(student, student, teacher, _process, latents[m], Places(_options.TeacherSteps), _options.TeacherSteps, _steps, noise);

        int[] Places(int steps) => [.. Enumerable.Range(0, (int)latents[m].shape[0]).Select(_ => 1 + random.NextInt(steps))];
    }
}
