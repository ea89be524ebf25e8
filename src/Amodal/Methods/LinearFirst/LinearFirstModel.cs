using static TorchSharp.torch.nn;

namespace Amodal.Methods.LinearFirst;

/// <summary>What has a closed form, and is shared by every row of tables that linear-first trains.</summary>
/// <param name="Gaussian">Recovers.</param>
/// <param name="Mixture">Recovers what is not Gaussian; null where that is not asked for.</param>
/// <param name="Linear">Predicts from what is observed and recovered.</param>
/// <param name="Direct">Predicts from what is observed; null where no row does.</param>
/// <param name="Diffusion">What draws are taken from; null for the Gaussian's.</param>
internal sealed record ClosedForms(
    JointGaussian Gaussian, LinearPredictor Linear, DirectPredictor? Direct = null, GaussianDiffusion? Diffusion = null, GaussianMixture? Mixture = null)
{
    /// <summary>What is observed, and the recovered means.</summary>
    /// <inheritdoc cref="JointGaussian.Fill"/>
    public Tensor Fill(IReadOnlyList<Tensor?> parts, ModalitySet observed)
    {
        var filled = Gaussian.Fill(parts, observed);
        return Mixture is { IsUsed: true } && observed.Count < parts.Count ? Mixture.Correct(filled, observed) : filled;
    }
}

/// <summary>A linear part, frozen or trained, and networks that learn the rest: ours, or a way without recovery on the same numbers.</summary>
internal sealed class LinearFirstModel : IDisposable
{
    /// <summary>Draws that tell how far an answer varies.</summary>
    public const int Draws = 32;

    private readonly ClosedForms _forms;
    private readonly int _width;

    /// <param name="name">Of its last stage.</param>
    /// <param name="width">Of the target.</param>
    public LinearFirstModel(string name, ClosedForms forms, int width, LinearFirstOptions options)
    {
        (Name, _forms, _width, Options) = (name, forms, width, options);
        Networks = options is { Width: 0, Linear: not LinearPart.Trained } ? [] : [.. Enumerable.Range(0, options.Members).Select(_ => CreateNetwork())];
    }

    private LinearFirstModel(string name, LinearFirstModel of) =>
        (Name, _forms, _width, Options, Networks, Head) = (name, of._forms, of._width, of.Options with { Members = 1 }, [of.Networks[0]], of.CreateNetwork());

    /// <summary>Name of its last stage.</summary>
    public string Name { get; }

    /// <summary>What it is made of.</summary>
    public LinearFirstOptions Options { get; }

    /// <summary>The linear part, as it was chosen; with a mixture, whose means each set's own knows nothing of, that on what is filled.</summary>
    public LinearPart Part => Options.Linear != LinearPart.Chosen ? Options.Linear
        : _forms.Direct is { IsBetter: true } && Mixture is not { IsUsed: true } ? LinearPart.PerSet : LinearPart.Filled;

    /// <summary>What it may recover by, beside one Gaussian; null where it does not.</summary>
    public GaussianMixture? Mixture => Options.Fill == LinearFill.Means ? _forms.Mixture : null;

    /// <summary>The networks, whose answers are averaged; none where the linear part is all.</summary>
    public IReadOnlyList<ResidualNetwork> Networks { get; }

    /// <summary>Says the logarithm of the variance of its errors; null where what is missing says it.</summary>
    public ResidualNetwork? Head { get; }

    /// <summary>Its first network alone, and a new one that learns how far it errs.</summary>
    public LinearFirstModel WithHead(string name) => new(name, this);

    /// <summary>The networks by their names in a checkpoint, and what was chosen with them.</summary>
    public IReadOnlyDictionary<string, Module> Modules
    {
        get
        {
            var modules = Networks.Index().ToDictionary(n => string.Create(CultureInfo.InvariantCulture, $"network{n.Index + 1}"), n => (Module)n.Item);
            if (Mixture is not null)
            {
                modules.Add("mixture", Mixture);
            }

            return modules;
        }
    }

    /// <summary>A network of its kind, with weights from torch's global generator and zeros in its last layer.</summary>
    public ResidualNetwork CreateNetwork() => new(_forms.Gaussian.Numbers, _forms.Gaussian.Sizes.Count, _width, Options);

    /// <summary>A head's outputs for rows of one observed set, (row), or (row, width).</summary>
    /// <param name="parts">By modality (row, numbers); those that are not observed are not looked at.</param>
    /// <param name="networks">How many of its networks answer; all unless given.</param>
    public Tensor Predict(IReadOnlyList<Tensor?> parts, ModalitySet observed, int? networks = null)
    {
        using var scope = NewDisposeScope();
        var filled = Fill(parts, observed);
        var outputs = Linear(filled, observed);
        var flags = Flags(observed, filled.shape[0], filled.device);
        List<ResidualNetwork> asked = [.. Networks.Take(networks ?? Networks.Count)];
        return TargetLoss.Heads(asked.Aggregate(outputs, (sum, network) => sum + (network.Predict(filled, flags) / asked.Count))).MoveToOuterDisposeScope();
    }

    /// <summary>The same of one network for rows of many observed sets, with the rows in the order of the outputs.</summary>
    /// <param name="parts">By modality (row, numbers), of all rows.</param>
    /// <param name="rows">The rows that are asked for.</param>
    /// <param name="network">The network; null for the linear part alone.</param>
    public (Tensor Outputs, long[] Order) Predict(IReadOnlyList<Tensor> parts, IEnumerable<(long Row, ModalitySet Observed)> rows, ResidualNetwork? network)
    {
        using var scope = NewDisposeScope();
        var sets = rows.GroupBy(r => r.Observed, r => r.Row).Select(set =>
        {
            long[] order = [.. set];
            var index = tensor(order, device: parts[0].device);
            var filled = Fill([.. parts.Select((x, m) => set.Key.Contains(m) ? x.index_select(0, index) : null)], set.Key);
            return (Order: order, Filled: filled, Linear: Linear(filled, set.Key), Flags: Flags(set.Key, order.Length, filled.device));
        }).ToList();
        var outputs = cat([.. sets.Select(s => s.Linear)]);
        outputs = network is null ? outputs : outputs + network.Predict(cat([.. sets.Select(s => s.Filled)]), cat([.. sets.Select(s => s.Flags)]));
        return (TargetLoss.Heads(outputs).MoveToOuterDisposeScope(), [.. sets.SelectMany(s => s.Order)]);
    }

    /// <summary>
    /// How far the outputs vary with what is missing, (row, width): over joint draws of it, as the complete set's predictor answers them.
    /// With a head it is what that says of all its errors.
    /// A frozen linear part's variance has a closed form; draws only say how many times that it is, by the same noise, so that they do not blur it.
    /// </summary>
    /// <param name="parts">By modality (row, numbers); those that are not observed are not looked at.</param>
    /// <param name="seed">Of the draws, whose noise is the same for every row: so an answer hangs on its row alone, and can be exported.</param>
    public Tensor Variance(IReadOnlyList<Tensor?> parts, ModalitySet observed, ulong seed)
    {
        using var scope = NewDisposeScope();
        if (Head is not null)
        {
            var given = Fill(parts, observed);
            return Head.Predict(given, Flags(observed, given.shape[0], given.device)).exp().MoveToOuterDisposeScope();
        }

        var rows = (int)parts[observed.Members.First()]!.shape[0];
        var (gaussian, all) = (_forms.Gaussian, ModalitySet.All(_forms.Gaussian.Sizes.Count));
        var closed = Part == LinearPart.Filled ? gaussian.Variance(_forms.Linear.Weight, observed).expand(rows, -1) : null;
        if (closed is not null && ((Networks.Count == 0 && _forms.Diffusion is null) || observed == all))
        {
            return closed.MoveToOuterDisposeScope();
        }

        var filled = gaussian.Fill(parts, observed).repeat_interleave(Draws, 0);
        var ofGaussian = gaussian.Draw(filled, observed, new DrawNoise(seed));
        var drawn = _forms.Diffusion?.Draw(filled, observed, new DrawNoise(seed)) ?? ofGaussian;
        var flags = Flags(all, drawn.shape[0], drawn.device);
        var both = Spread(Networks.Aggregate(Linear(drawn, all), (sum, network) => sum + (network.Predict(drawn, flags) / Networks.Count)));
        var plain = Spread(Linear(ofGaussian, all));
        return (closed is null ? both : where(plain > 0, closed * both / plain, both)).MoveToOuterDisposeScope();

        Tensor Spread(Tensor outputs) => outputs.view(rows, Draws, -1).var(1);
    }

    /// <summary>The networks are its own; the closed forms are not.</summary>
    public void Dispose()
    {
        foreach (var network in Networks)
        {
            network.Dispose();
        }
    }

    private Tensor Fill(IReadOnlyList<Tensor?> parts, ModalitySet observed)
    {
        if (Options.Fill == LinearFill.Means)
        {
            return _forms.Fill(parts, observed);
        }

        var like = parts[observed.Members.First()]!;
        return cat([.. parts.Select((x, m) => observed.Contains(m) ? x! : zeros(like.shape[0], _forms.Gaussian.Sizes[m], device: like.device))], 1);
    }

    private Tensor Linear(Tensor filled, ModalitySet observed) => Part switch
    {
        LinearPart.Filled => _forms.Linear.Predict(filled),
        LinearPart.PerSet => _forms.Direct!.Predict(filled, observed),
        _ => zeros(filled.shape[0], _width, device: filled.device),
    };

    /// <summary>The noise of <see cref="Draws"/> draws, and the same again for each further row.</summary>
    internal sealed class DrawNoise(ulong seed) : INoise
    {
        private readonly UtteranceNoise _draws = new(Enumerable.Range(0, Draws).Select(draw => RowNoise.RowKey(seed, "draws", draw)));

        public Tensor Like(Tensor x) => _draws.Like(x.narrow(0, 0, Draws)).repeat(x.shape[0] / Draws, 1);
    }

    private Tensor Flags(ModalitySet observed, long rows, Device device) => tensor(
        [.. _forms.Gaussian.Sizes.Select((_, m) => !Options.Flags || observed.Contains(m) ? 1f : 0f)], device: device).expand(rows, -1);
}
