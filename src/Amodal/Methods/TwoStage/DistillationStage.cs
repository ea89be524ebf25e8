namespace Amodal.Methods.TwoStage;

/// <summary>
/// Stage 1c, or a round of it: the students of all modalities in one pass on frozen latents, the score networks frozen too.
/// The best epoch is the one whose samples are closest to the teacher's from the same noise, on the validation split.
/// </summary>
/// <param name="steps">The student's steps in this round.</param>
/// <param name="before">The student of the round before, which then is the teacher; null in the first, whose teacher are the model's score networks.</param>
internal sealed class DistillationStage(
    string name, TwoStageModel model, int steps, LatentStore train, LatentStore valid, ScoreNetworks? before, ScoreNetworks live, ulong seed)
    : AveragedStage(name, seed, AveragedTraining.Of(model.Options.Distillation), train, live, "students", model.Students!), IDisposable
{
    private const int MostValidRows = 512;
    private const int ValidBatch = 128;
    private readonly DistillationOptions _options = model.Options.Distillation;
    private readonly IProcess _process = model.Options.CreateProcess();
    private readonly ConditionSampler _conditions = new(model.Modalities.Count);
    private LatentPairs? _reference;

    private Objective Objective => model.Options.Objective;

    public override void Prepare(int epoch, Action<double> progress, CancellationToken stop) => _reference ??= LatentPairs.Draw(
        valid, Math.Min(valid.Count, MostValidRows), 1, _conditions, new StableRandom(Seed, StableRandom.KeyOf("distillation-validation")).NextUInt64(),
        (m, z, conditions) => EvenSampling.Sample(model.Scores.All[m], Objective, _process, z, conditions, _options.TeacherSteps), progress, stop);

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
                var x = EvenSampling.Sample(student, Objective, _process, z, conditions, steps);
                error += (x - expected).square().sum().item<float>();
                size += expected.square().sum().item<float>();
            }

            Note($"error/valid/{model.Modalities[m].Name}", error / size);
            return error / size;
        });
        return errors.Average();
    }

    public void Dispose() => _reference?.Dispose();

    protected override Tensor Loss(long[] batch, StableRandom random)
    {
        var latents = Rows(Train, batch);
        using var noise = new TorchNoise(random.NextUInt64(), latents[0].device);
        return Sum("train", Live.All.Select((network, m) => Loss(network, m, latents, random, noise)), batch.Length);
    }

    private Tensor Loss(ScoreNetwork network, int m, List<Tensor> latents, StableRandom random, TorchNoise noise)
    {
        var conditions = _conditions.Draw(random, m, latents);
        var student = Denoisers.OfStudent(network, conditions);
        var teacher = before is null
            ? Denoisers.OfTeacher(model.Scores.All[m], Objective, _process, conditions)
            : Denoisers.OfStudent(before.All[m], conditions);
        return _options.Method == DistillationMethod.Progressive
            ? ProgressiveDistillation.Loss(student, teacher, _process, latents[m], Places(steps), steps, noise)
            : ConsistencyDistillation.Loss(student, student, teacher, _process, latents[m], Places(_options.TeacherSteps), _options.TeacherSteps, steps, noise);

        int[] Places(int of) => [.. Enumerable.Range(0, (int)latents[m].shape[0]).Select(_ => 1 + random.NextInt(of))];
    }
}
