namespace Amodal.Training;

/// <summary>How an <see cref="AveragedStage"/> is trained; each setting as in its stage's options.</summary>
internal sealed record AveragedTraining(
    int Epochs, int Patience, double LearningRate, double WeightDecay, int BatchSize, double EmaDecay, double GradientNorm)
{
    public static AveragedTraining Of(ScoreStageOptions o) =>
        new(o.Epochs, o.Patience, o.LearningRate, o.WeightDecay, o.BatchSize, o.EmaDecay, o.GradientNorm);

    public static AveragedTraining Of(Diffusion.Distillation.DistillationOptions o) =>
        new(o.Epochs, o.Patience, o.LearningRate, o.WeightDecay, o.BatchSize, o.EmaDecay, o.GradientNorm);
}
