namespace Amodal.Methods;

/// <summary>How sure a method is of some utterances of one observed set.</summary>
/// <param name="rows">The utterances; what is not observed must not be looked at.</param>
/// <param name="seed">Seed of the noise, which is the same for every utterance.</param>
/// <param name="percent">How many labels of a hundred are to lie within, 1 to 99.</param>
/// <returns>(row, label, 2): the deviation and the margin, as <see cref="Targets.Certainty"/> has them.</returns>
internal delegate Tensor CertaintyAnswer(EncodedRows rows, ModalitySet observed, ulong seed, int percent);

/// <summary>
/// A method as the trainer and a loaded run see it: its networks, the baselines beside it, and what trains them. It predicts
/// either by recovering (<see cref="Recovery"/>) or by an answer of its own (<see cref="Predict"/>).
/// </summary>
internal abstract class MethodTraining : IDisposable
{
    /// <summary>The stage of the statistics, which nothing is trained in.</summary>
    public const string Statistics = "statistics";

    /// <summary>The stages of the baselines, the same for every method.</summary>
    public static IReadOnlyList<string> BaselineStages { get; } = ["classifier", "dropout-baseline", "language-baseline"];

    /// <summary>The networks of the baselines; where the method begins with their classifier, it owns them.</summary>
    public abstract BaselineNetworks Baselines { get; }

    /// <summary>The stages whose checkpoints hold the trained method, each with its modules.</summary>
    public abstract IReadOnlyList<(string Stage, IReadOnlyDictionary<string, nn.Module> Modules)> Checkpoints { get; }

    /// <summary>The networks that recover what is missing; null for a method that does not.</summary>
    public virtual IRecoveryModel? Recovery => null;

    /// <summary>Other ways that were trained beside it and have rows in its tables, after the baselines; those that say how sure they are with that.</summary>
    public virtual IReadOnlyList<(string Name, Answer Answer, CertaintyAnswer? Certainty)> Rivals => [];

    /// <summary>What its answers are made with, without baselines and rivals: everything that has to be kept to predict.</summary>
    public virtual IEnumerable<nn.Module> Answering => Checkpoints.SelectMany(c => c.Modules.Values);

    /// <summary>What a report is to say of it, by name.</summary>
    public virtual IReadOnlyList<(string Name, string Value)> Facts => [];

    /// <summary>Trains the method's own stages; those of the baselines are done.</summary>
    /// <param name="stages">Runs a stage, or takes over what it came to before.</param>
    public abstract void Train(TrainingData data, IStageSequence stages);

    /// <summary>Predicts utterances of one observed set; of a method that recovers nothing.</summary>
    /// <param name="rows">The utterances; what is not observed must not be looked at.</param>
    /// <param name="observed">What is observed, at least one modality.</param>
    /// <returns>A head's outputs, (rows), or (rows, width) where the target is wider than 1.</returns>
    public virtual Tensor Predict(EncodedRows rows, ModalitySet observed) => throw new NotSupportedException();

    /// <summary>How sure it is; null for a method that does not say.</summary>
    public virtual CertaintyAnswer? Certainty => null;

    /// <summary>Has recovery computed in a precision from now on.</summary>
    /// <param name="precision">Single precision or bfloat16.</param>
    public virtual void Use(Precision precision, string source)
    {
        if (precision != Precision.Float32)
        {
            throw new InputException(source, null, $"cannot be computed in {OptionNames.Of(precision)}, for which its method has no networks; leave out the precision.");
        }
    }

    /// <summary>Writes the trained method as ONNX graphs with a manifest.</summary>
    /// <param name="folder">Where; it must not be there yet, or be empty.</param>
    /// <param name="paddedInFront">The modalities whose sequences were padded in front; null for none.</param>
    public virtual void Export(string folder, Precision precision, IReadOnlyList<string>? paddedInFront, string source, CancellationToken stop) =>
        throw new InputException(source, null, "cannot be exported: its method has no graphs for other runtimes.");

    /// <summary>Moves all networks to a device, and back to evaluation mode.</summary>
    public void MoveTo(Device device) => Modules.MoveTo(device);

    /// <summary>Frees the networks.</summary>
    public void Dispose() => Modules.Free();

    /// <summary>What decides the baselines. Latents are standardised after the classifier, which does not see it.</summary>
    public static IReadOnlyList<StageSettings> BaselineSettings(ExperimentOptions options) =>
        [.. BaselineStages.Select(stage => new StageSettings(stage, null, options.Latents with { Standardise = true }, options.Fusion, options.Classifier))];

    /// <summary>The baselines' stages and the statistics, each with the modules that its checkpoint holds.</summary>
    public static IReadOnlyList<(string Stage, IReadOnlyDictionary<string, nn.Module> Modules)> CheckpointsOf(BaselineNetworks baselines) =>
    [
        .. baselines.Classifiers.Select(c => (c.Stage, c.Modules)),
        (Statistics, new Dictionary<string, nn.Module> { ["statistics"] = baselines.Statistics, ["latentScale"] = baselines.LatentScale }),
    ];

    private IEnumerable<nn.Module> Modules => Baselines.Modules.Values
        .Concat(Recovery?.Modules.Values ?? Checkpoints.SelectMany(c => c.Modules.Values)).Distinct();
}
