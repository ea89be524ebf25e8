namespace Amodal.Training;

/// <summary>What a training is made of: both splits with their standardised features, on the device. Owns the features.</summary>
internal sealed class TrainingData(DataSet data, Standardiser standardiser, Device device) : IDisposable
{
    public Split Train { get; } = data["train"];

    public Split Valid { get; } = data["valid"];

    public FeatureTensors TrainFeatures { get; } = FeatureTensors.From(data["train"], standardiser, device);

    public FeatureTensors ValidFeatures { get; } = FeatureTensors.From(data["valid"], standardiser, device);

    public Device Device => device;

    /// <summary>What is predicted.</summary>
    public Target Target => data.Target;

    public void Dispose()
    {
        TrainFeatures.Dispose();
        ValidFeatures.Dispose();
    }
}
