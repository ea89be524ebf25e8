namespace Amodal.Training;

/// <summary>Where a training run stands; reported after every step and every epoch.</summary>
/// <param name="Stage">Name of the stage.</param>
/// <param name="Epoch">Epoch, from 1.</param>
/// <param name="Epochs">Most epochs of the stage.</param>
/// <param name="Done">Share of the epoch that is done, 0 to 1.</param>
/// <param name="TrainLoss">Mean training loss, at an epoch's end.</param>
/// <param name="ValidLoss">Validation loss, at an epoch's end.</param>
public sealed record TrainingProgress(string Stage, int Epoch, int Epochs, double Done, double? TrainLoss = null, double? ValidLoss = null)
{
    /// <summary>Whether the stage is still recovering ahead what it will train on.</summary>
    public bool IsPreparation { get; init; }
}
