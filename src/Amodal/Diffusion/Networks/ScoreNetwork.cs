namespace Amodal.Diffusion.Networks;

/// <summary>What all backbones share: the target, the latents' shapes, and the counts of their cost.</summary>
internal abstract class ScoreNetwork : nn.Module, IScoreNetwork
{
    /// <summary>Creates the base.</summary>
    /// <param name="shapes">The shapes of all modalities' latents, in the data set's order.</param>
    protected ScoreNetwork(string name, IReadOnlyList<LatentShape> shapes, int target)
        : base(name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(target);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(target, shapes.Count);
        (Shapes, Target) = (shapes, target);
    }

    /// <summary>The shapes of all modalities' latents, in the data set's order.</summary>
    public IReadOnlyList<LatentShape> Shapes { get; }

    /// <summary>The modality that it recovers.</summary>
    public int Target { get; }

    /// <summary>Number of trained numbers.</summary>
    public long ParameterCount => parameters().Sum(p => p.numel());

    public abstract Tensor Evaluate(Tensor x, Tensor t, IReadOnlyList<Condition> conditions);

    public virtual Func<Tensor, Tensor, Tensor> Prepare(IReadOnlyList<Condition> conditions) => (x, t) => Evaluate(x, t, conditions);

    public abstract long CountFlops(IReadOnlyList<int> conditions);

    /// <summary>
    /// The part of <see cref="CountFlops"/> that <see cref="Prepare"/> does once for all evaluations: n of them cost
    /// n CountFlops - (n - 1) CountPreparationFlops.
    /// </summary>
    /// <param name="conditions">The modalities given, each once per condition.</param>
    public virtual long CountPreparationFlops(IReadOnlyList<int> conditions) => 0;

    /// <summary>Where a condition's own layer is in a list that leaves the target out.</summary>
    private protected int OtherIndex(Condition condition) => condition.Modality - (condition.Modality > Target ? 1 : 0);

    /// <summary>A dense layer that answers 0 until it is trained.</summary>
    private protected static Linear ZeroLinear(int inputs, int outputs)
    {
        var layer = nn.Linear(inputs, outputs);
        nn.init.zeros_(layer.weight!);
        nn.init.zeros_(layer.bias!);
        return layer;
    }

    /// <summary>
    /// The answer plus a gain per channel, which depends on time, times x. Norms bound what a network's layers can answer,
    /// while a score grows with x: without this skip, samples far out are not drawn back; on Gaussian data some ended ten
    /// deviations away.
    /// </summary>
    /// <param name="answer">(batch, time, channels).</param>
    /// <param name="time">The time embedding, (batch, time width).</param>
    /// <param name="x">(batch, channels, time).</param>
    private protected static Tensor WithSkip(Tensor answer, Linear gain, Tensor time, Tensor x) =>
        answer.transpose(1, 2).Plus(gain.forward(time).unsqueeze(2) * x).contiguous();

    /// <summary>Refuses options that do not fit each other.</summary>
    private protected static void CheckOptions(BackboneOptions options)
    {
        if (options.Width % options.WidthMultiple != 0)
        {
            var why = options.Kind == BackboneKind.Unet ? $"8 heads ({options.WidthMultiple}): its first level has an eighth of it" : $"heads ({options.Heads})";
            throw new InputException("backbone", "width", $"is {options.Width}, which is not a multiple of {why}; change either.");
        }

        if (options.TimeWidth % 2 != 0)
        {
            throw new InputException("backbone", "timeWidth", $"is {options.TimeWidth}, but half of it are sines and half cosines; make it even.");
        }
    }

    /// <summary>Refuses inputs that the network was not made for.</summary>
    protected void CheckInputs(Tensor x, Tensor t, IReadOnlyList<Condition> conditions)
    {
        var batch = x.shape[0];
        CheckShape(x, Target, batch, nameof(x));
        if (t.dim() != 1 || t.shape[0] != batch)
        {
            throw new ArgumentException($"t has shape ({string.Join(", ", t.shape)}), expected ({batch})", nameof(t));
        }

        var seen = new HashSet<(int, bool)>();
        foreach (var condition in conditions)
        {
            if (condition.Modality == Target || condition.Modality < 0 || condition.Modality >= Shapes.Count)
            {
                throw new ArgumentException($"modality {condition.Modality} cannot condition target {Target} of {Shapes.Count} modalities", nameof(conditions));
            }

            if (!seen.Add((condition.Modality, condition.IsNoisy)))
            {
                throw new ArgumentException($"modality {condition.Modality} is given twice", nameof(conditions));
            }

            CheckShape(condition.Latent, condition.Modality, batch, nameof(conditions));
        }
    }

    private void CheckShape(Tensor latent, int modality, long batch, string argument)
    {
        var (channels, length) = Shapes[modality];
        if (latent.dim() != 3 || latent.shape[0] != batch || latent.shape[1] != channels || latent.shape[2] != length)
        {
            throw new ArgumentException(
                $"modality {modality} has shape ({string.Join(", ", latent.shape)}), expected ({batch}, {channels}, {length})", argument);
        }
    }
}
