namespace Amodal.Training;

/// <summary>
/// What a training is made of: both splits with their standardised features, on the device. Owns the features. Rows of
/// <see cref="Train"/> without a label have NaN; what learns from labels takes <see cref="Labelled"/>.
/// </summary>
internal sealed class TrainingData : IDisposable
{
    private readonly DataSet _data;

    /// <param name="missingRate">At which modalities are taken away in training and selection; 0 for every observed set alike.</param>
    public TrainingData(DataSet data, Standardiser standardiser, Device device, double missingRate = 0)
    {
        Sets = new TrainedSets(data.Modalities.Count, missingRate);
        (_data, Device) = (data, device);
        (Train, Valid) = (data["train"], data["valid"]);
        (TrainFeatures, ValidFeatures) = (FeatureTensors.From(Train, standardiser, device), FeatureTensors.From(Valid, standardiser, device));
        LabelledRows = Train.Labelled;
        Labelled = IsLabelled ? Train : Train.Select(Train.Name, LabelledRows);
        LabelledFeatures = IsLabelled ? TrainFeatures : FeatureTensors.From(Labelled, standardiser, device);
    }

    public Split Train { get; }

    public Split Valid { get; }

    public FeatureTensors TrainFeatures { get; }

    public FeatureTensors ValidFeatures { get; }

    /// <summary>The rows of <see cref="Train"/> that have a label, in order; all of them where all have one.</summary>
    public IReadOnlyList<int> LabelledRows { get; }

    /// <summary>Those rows; <see cref="Train"/> itself where all have a label.</summary>
    public Split Labelled { get; }

    /// <summary>Their features.</summary>
    public FeatureTensors LabelledFeatures { get; }

    public Device Device { get; }

    /// <summary>How often what is observed is each set.</summary>
    public TrainedSets Sets { get; }

    /// <summary>What is predicted.</summary>
    public Target Target => _data.Target;

    private bool IsLabelled => LabelledRows.Count == Train.Count;

    /// <summary>Train's latents of the rows that have a label: the store itself where all have, else one of its own, to be disposed.</summary>
    public LatentStore OfLabelled(LatentStore train) => IsLabelled ? train : train.Select(LabelledRows);

    public void Dispose()
    {
        TrainFeatures.Dispose();
        ValidFeatures.Dispose();
        if (!IsLabelled)
        {
            LabelledFeatures.Dispose();
        }
    }
}
