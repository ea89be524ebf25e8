namespace Amodal.Methods;

/// <summary>The training and the validation split as a <see cref="LatentFill"/> learns from them. Owns its tensors.</summary>
internal sealed class FillData : IDisposable
{
    private const int MostSets = 16; // tried to choose a setting
    private const int MostRows = 512;

    /// <param name="guess">The outputs of the classifier of complete data, from numbers of some of which only the mean is known.</param>
    public FillData(NumberLayout layout, TrainingData data, Tensor train, Tensor valid, Func<Tensor, Tensor> guess)
    {
        (Layout, Target, Train, Present, Guess, Sets) = (layout, data.Target, train, Presence.Of(data.Train), guess, data.Sets);
        Labels = TargetLoss.Labels(data.Train.Labels, data.Train.Count, data.Device);
        LabelledRows = [.. data.LabelledRows.Select(row => (long)row)];
        using (var held = Layout.Mask(Present, data.Device))
        {
            Train.mul_(held); // the classifier takes what a row lacks for features of 0
        }

        long[] complete = [.. Presence.Of(data.Valid).Index().Where(p => p.Item == layout.All).Select(p => (long)p.Index)];
        using var index = tensor(complete, device: data.Device);
        Valid = valid.index_select(0, index);
        ValidKeys = [.. complete.Select(row => StableRandom.KeyOf(data.Valid.Ids[(int)row]))];
        valid.Dispose();
    }

    public NumberLayout Layout { get; }

    public Target Target { get; }

    /// <summary>How often what is observed is each set.</summary>
    public TrainedSets Sets { get; }

    /// <summary>Latents of the training rows, (row, numbers); 0 where a row lacks the modality.</summary>
    public Tensor Train { get; }

    /// <summary>Which modalities each training row has.</summary>
    public IReadOnlyList<ModalitySet> Present { get; }

    /// <summary>Their labels, NaN where there is none.</summary>
    public Tensor Labels { get; }

    /// <summary>The training rows that have one.</summary>
    public IReadOnlyList<long> LabelledRows { get; }

    /// <summary>Latents of the validation rows that have every modality.</summary>
    public Tensor Valid { get; }

    /// <summary>Of what is not complete, what the classifier of complete data says.</summary>
    public Func<Tensor, Tensor> Guess { get; }

    private IReadOnlyList<ulong> ValidKeys { get; }

    /// <summary>The observed sets that stand for all, where something is missing.</summary>
    public IReadOnlyList<ModalitySet> Tried
    {
        get
        {
            var all = Patterns.Incomplete(Layout.Sizes.Count);
            return all.Count <= MostSets ? all : [.. Enumerable.Range(0, MostSets).Select(i => all[i * (all.Count - 1) / (MostSets - 1)])];
        }
    }

    /// <summary>The choice whose fills of hidden modalities are closest to the truth on validation; the first where no row there is complete.</summary>
    public T Best<T>(IReadOnlyList<T> choices, Func<T, FillRows, ModalitySet, Tensor> fill) =>
        Valid.shape[0] == 0 ? choices[0] : choices.MinBy(choice => Error((rows, observed) => fill(choice, rows, observed)))!;

    /// <summary>The mean square error of fills of hidden modalities on validation, the mean over the observed sets; 0 where no row there is complete.</summary>
    public double Error(Func<FillRows, ModalitySet, Tensor> fill) => Valid.shape[0] == 0 ? 0 : Sets.Mean(Tried, observed =>
    {
        using var scope = NewDisposeScope();
        var truth = Valid.narrow(0, 0, Math.Min(MostRows, Valid.shape[0]));
        var given = truth * Layout.Mask([observed], truth.device);
        var hidden = Layout.Columns(Layout.All.Without(observed), truth.device);
        var filled = fill(new FillRows(given, [.. ValidKeys.Take((int)truth.shape[0])], () => Guess(given)), observed);
        return (filled.index_select(1, hidden) - truth.index_select(1, hidden)).square().mean().item<float>();
    });

    public void Dispose()
    {
        Train.Dispose();
        Valid.Dispose();
        Labels.Dispose();
    }
}
