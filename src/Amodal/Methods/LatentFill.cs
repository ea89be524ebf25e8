using static TorchSharp.torch.nn;

namespace Amodal.Methods;

/// <summary>Some utterances of one observed set, as what fills their latents sees them.</summary>
/// <param name="Numbers">Their latents (<see cref="LatentNumbers"/>), (row, numbers); 0, the mean, where a modality is missing.</param>
/// <param name="Keys">A key per utterance, which names its noise.</param>
/// <param name="Guess">The outputs of the classifier of complete data with means in place of what is missing.</param>
internal sealed record FillRows(Tensor Numbers, IReadOnlyList<ulong> Keys, Func<Tensor> Guess)
{
    /// <summary>Whether they are rows that the fill has learned from.</summary>
    public bool AreTraining { get; init; }
}

/// <summary>What takes the place of missing latents; everything else is <see cref="FillMethod"/>.</summary>
internal abstract class LatentFill(string name) : Module(name)
{
    /// <summary>Learns from the training split; in one step, unless it is overridden.</summary>
    /// <param name="stage">The name of its stage.</param>
    public virtual void Train(string stage, FillData data, IStageSequence stages) => stages.Fit(stage, FillMethod.ModulesOf(this), () =>
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        Fit(data);
    });

    /// <summary>Recovers what is missing.</summary>
    /// <returns>(row, numbers); those of observed modalities are not looked at.</returns>
    public abstract Tensor Fill(FillRows rows, ModalitySet observed);

    /// <summary>Learns what has a closed form.</summary>
    protected virtual void Fit(FillData data) => throw new NotSupportedException();
}

/// <summary>What a fill is made for.</summary>
/// <param name="Options">The settings of the experiment.</param>
internal sealed record FillContext(NumberLayout Layout, Target Target, ExperimentOptions Options);
