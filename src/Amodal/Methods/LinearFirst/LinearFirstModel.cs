using static TorchSharp.torch.nn;

namespace Amodal.Methods.LinearFirst;

/// <summary>Recovered means, a frozen linear predictor on them, and a network that learns the rest.</summary>
internal sealed class LinearFirstModel
{
    private readonly int _modalities;

    public LinearFirstModel(IReadOnlyList<Modality> modalities, int width, LinearFirstOptions options)
    {
        _modalities = modalities.Count;
        Gaussian = new JointGaussian(modalities, options.Components);
        Linear = new LinearPredictor(Gaussian.Numbers, width);
        Network = new ResidualNetwork(Gaussian.Numbers, modalities.Count, width, options);
        IsLinear = options.Width == 0;
    }

    /// <summary>Recovers.</summary>
    public JointGaussian Gaussian { get; }

    /// <summary>Predicts from what is observed and recovered.</summary>
    public LinearPredictor Linear { get; }

    /// <summary>Corrects the prediction.</summary>
    public ResidualNetwork Network { get; }

    /// <summary>Whether the network is left out.</summary>
    public bool IsLinear { get; }

    /// <summary>The closed forms.</summary>
    public IReadOnlyDictionary<string, Module> Closed => new Dictionary<string, Module> { ["gaussian"] = Gaussian, ["linear"] = Linear };

    /// <summary>A head's outputs for rows of one observed set, (row), or (row, width).</summary>
    /// <param name="parts">By modality (row, numbers); those that are not observed are not looked at.</param>
    /// <param name="network">The network; null for the closed form alone.</param>
    public Tensor Predict(IReadOnlyList<Tensor?> parts, ModalitySet observed, ResidualNetwork? network)
    {
        using var scope = NewDisposeScope();
        var filled = Gaussian.Fill(parts, observed);
        var outputs = Linear.Predict(filled);
        return TargetLoss.Heads(network is null ? outputs : outputs + network.Predict(filled, Flags(observed, filled))).MoveToOuterDisposeScope();
    }

    private Tensor Flags(ModalitySet observed, Tensor like) =>
        tensor([.. Enumerable.Range(0, _modalities).Select(m => observed.Contains(m) ? 1f : 0f)], device: like.device).expand(like.shape[0], -1);
}
