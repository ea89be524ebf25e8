using Amodal.Configuration;
using Amodal.Diffusion.Networks;
using Amodal.Methods.Baselines;
using Amodal.Methods.TwoStage;
using Amodal.Prediction;
using Amodal.Runs;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Methods;

/// <summary>
/// A method as the trainer and a loaded run see it: its networks and their floors, and what trains them
/// (<see cref="MethodCatalogue"/>).
/// </summary>
internal abstract class MethodTraining
{
    /// <summary>The stage of the statistics, which nothing is trained in.</summary>
    public const string Statistics = "statistics";

    /// <summary>The stages of the floors, the same for every method.</summary>
    public static IReadOnlyList<string> BaselineStages { get; } = ["classifier", "dropout-rival", "language-rival"];

    /// <summary>The networks of the floors.</summary>
    public abstract BaselineNetworks Baselines { get; }

    /// <summary>The method's own networks; where the method begins with the floors' classifier, they own the floors.</summary>
    public abstract IRecoveryModel Model { get; }

    /// <summary>The stages whose checkpoints hold the trained method, each with its modules.</summary>
    public abstract IReadOnlyList<(string Stage, IReadOnlyDictionary<string, nn.Module> Modules)> Checkpoints { get; }

    /// <summary>Trains the method's own stages; the floors are done.</summary>
    /// <param name="data">The features.</param>
    /// <param name="run">Runs a stage.</param>
    public abstract void Train(TrainingData data, Action<Stage> run);

    /// <summary>Has recovery computed in a precision from now on.</summary>
    /// <param name="precision">Single precision or bfloat16.</param>
    /// <param name="source">Where the method comes from, for messages.</param>
    /// <exception cref="InputException">The method has no networks for it.</exception>
    public void Use(Precision precision, string source)
    {
        switch (precision, Model)
        {
            case (Precision.Float32, _):
                break;
            case (Precision.Bfloat16, TwoStageModel model):
                model.UseBfloat16();
                break;
            default:
                throw new InputException(source, null, $"cannot be computed in {OptionNames.Of(precision)}; leave out the precision, or take a run of the method '{OptionNames.Of(MethodKind.Amodal)}'.");
        }
    }

    /// <summary>Frees model and floors.</summary>
    public virtual void Dispose() => Model.Dispose();

    /// <summary>What decides the floors. Latents are standardised after the classifier, which does not see it.</summary>
    public static IReadOnlyList<StageSettings> BaselineSettings(ExperimentOptions options) =>
        [.. BaselineStages.Select(stage => new StageSettings(stage, null, options.Latents with { Standardise = true }, options.Fusion, options.Classifier))];

    /// <summary>The floors' stages and the statistics, each with the modules that its checkpoint holds.</summary>
    public static IReadOnlyList<(string Stage, IReadOnlyDictionary<string, nn.Module> Modules)> CheckpointsOf(BaselineNetworks floors) =>
    [
        (BaselineStages[0], new Dictionary<string, nn.Module> { ["complete"] = floors.Complete }),
        (BaselineStages[1], new Dictionary<string, nn.Module> { ["dropout"] = floors.Dropout }),
        (BaselineStages[2], new Dictionary<string, nn.Module> { ["language"] = floors.Language }),
        (Statistics, new Dictionary<string, nn.Module> { ["statistics"] = floors.Statistics, ["latentScale"] = floors.LatentScale }),
    ];
}
