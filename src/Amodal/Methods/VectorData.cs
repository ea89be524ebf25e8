namespace Amodal.Methods;

/// <summary>Some rows of which a part is observed.</summary>
/// <param name="Truth">Vectors of each modality, (row, width), or its sequences, (row, time, width); 0 where a row lacks it.</param>
/// <param name="Given">1 where a modality is observed, (row, modality).</param>
/// <param name="Present">1 where a row has it.</param>
internal sealed record VectorBatch(IReadOnlyList<Tensor> Truth, Tensor Given, Tensor Present)
{
    /// <summary>The vectors, 0 where they are not observed.</summary>
    public IReadOnlyList<Tensor> Observed => [.. Truth.Select((x, m) => Where(Given, m, x))];

    /// <summary>The rows of each video, in order; null where each is for itself.</summary>
    public IReadOnlyList<IReadOnlyList<int>>? Videos { get; init; }

    /// <summary>A number for who speaks in each row; null where that is not known.</summary>
    public IReadOnlyList<long>? Speakers { get; init; }

    /// <summary>1 where a modality is there and not observed.</summary>
    public Tensor Missing => Present - Given;

    /// <summary>The <see cref="Speakers"/> of some rows of a split.</summary>
    public static IReadOnlyList<long>? SpeakersOf(Split split, IReadOnlyList<int> rows) =>
        split.Speakers is { } names ? [.. rows.Select(row => (long)StableRandom.KeyOf(names[row]))] : null;

    /// <summary>What a modality has where its flag is 1, and 0 elsewhere.</summary>
    public static Tensor Where(Tensor flags, int modality, Tensor x) => x * flags.select(1, modality).reshape([-1, .. Enumerable.Repeat(1L, (int)x.dim() - 1)]);
}

/// <summary>The training and the validation split as a <see cref="VectorNetwork"/> learns from them. Owns its tensors.</summary>
internal sealed class VectorData : IDisposable
{
    private readonly (IReadOnlyList<Tensor> Vectors, IReadOnlyList<ModalitySet> Present, Tensor Labels) _train;
    private readonly (IReadOnlyList<Tensor> Vectors, IReadOnlyList<ModalitySet> Present, Tensor Labels) _valid;
    private readonly TrainedSets _seen;
    private readonly Split _trainRows;
    private readonly Split _validRows;

    /// <param name="encode">From a modality and its features to vectors.</param>
    public VectorData(TrainingData data, ulong seed, Func<int, Tensor, Tensor> encode)
    {
        (Target, Seed, Sets, _seen) = (data.Target, seed, Patterns.All(data.TrainFeatures.Values.Count), data.Sets);
        (_train, _valid) = (Of(data.Train, data.TrainFeatures), Of(data.Valid, data.ValidFeatures));
        Labelled = [.. data.LabelledRows.Select(row => (long)row)];
        (_trainRows, _validRows) = (data.Train, data.Valid);

        (IReadOnlyList<Tensor>, IReadOnlyList<ModalitySet>, Tensor) Of(Split rows, FeatureTensors features)
        {
            var present = Presence.Of(rows);
            using var scope = NewDisposeScope();
            using var held = MaskOf(present, data.Device);
            return ([.. features.Values.Select((x, m) => VectorBatch.Where(held, m, encode(m, x)).DetachFromDisposeScope())], present, TargetLoss.Labels(rows.Labels, rows.Count, data.Device).DetachFromDisposeScope());
        }
    }

    public Target Target { get; }

    public ulong Seed { get; }

    /// <summary>Every observed set, the complete one last.</summary>
    public IReadOnlyList<ModalitySet> Sets { get; }

    /// <summary>The training rows.</summary>
    public IReadOnlyList<long> All => [.. Enumerable.Range(0, _train.Present.Count).Select(row => (long)row)];

    /// <summary>Those that have a label.</summary>
    public IReadOnlyList<long> Labelled { get; }

    /// <summary>The training rows of each video, in order.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Videos => _trainRows.Videos;

    /// <summary>A number for which rows are of one video, in which order, and who speaks.</summary>
    public long VideosKey => (long)StableRandom.KeyOf(string.Join('\n', new[] { _trainRows, _validRows }.SelectMany(rows =>
        rows.Videos.Select(video => string.Join(' ', video)).Concat(rows.Speakers ?? []))));

    /// <summary>Training rows with all that they have.</summary>
    public VectorBatch Train(IReadOnlyList<long> rows) => Train(rows, _ => Sets[^1]);

    /// <summary>Training rows, of each a random set observed; all it has where that has nothing of it.</summary>
    public VectorBatch Train(IReadOnlyList<long> rows, StableRandom random) => Train(rows, _ => _seen.Draw(Sets, random));

    /// <summary>Training rows, of each a set that is drawn for it, by its place among them; all it has where that has nothing of it.</summary>
    public VectorBatch Train(IReadOnlyList<long> rows, Func<int, ModalitySet> observed)
    {
        var index = tensor([.. rows], device: _train.Labels.device);
        return Batch([.. _train.Vectors.Select(x => x.index_select(0, index))], [.. rows.Select(row => _train.Present[(int)row])], observed);
    }

    /// <summary>The rows of some training videos, one video after another, of each row a random set observed.</summary>
    public VectorBatch TrainVideos(IReadOnlyList<long> videos, StableRandom random)
    {
        var (places, next) = (new List<IReadOnlyList<int>>(), 0);
        foreach (var video in videos)
        {
            places.Add([.. Enumerable.Range(next, Videos[(int)video].Count)]);
            next += Videos[(int)video].Count;
        }

        int[] rows = [.. videos.SelectMany(video => Videos[(int)video])];
        return Train([.. rows.Select(row => (long)row)], random) with { Videos = places, Speakers = VectorBatch.SpeakersOf(_trainRows, rows) };
    }

    /// <summary>Training labels.</summary>
    public Tensor Labels(IReadOnlyList<long> rows) => _train.Labels.index_select(0, tensor([.. rows], device: _train.Labels.device));

    /// <summary>All validation rows, of each a set observed.</summary>
    public VectorBatch Valid(ModalitySet observed) => Batch(_valid.Vectors, _valid.Present, _ => observed) with { Videos = _validRows.Videos, Speakers = VectorBatch.SpeakersOf(_validRows, [.. Enumerable.Range(0, _validRows.Count)]) };

    /// <summary>The mean loss of predictions on the validation split, over the observed sets, as often as training has them.</summary>
    public double Loss(Func<VectorBatch, Tensor> predict, CancellationToken stop) => _seen.Mean(Sets, observed => Loss(observed, predict, stop));

    /// <summary>The mean loss of predictions on the validation split from one observed set.</summary>
    public double Loss(ModalitySet observed, Func<VectorBatch, Tensor> predict, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        using var scope = NewDisposeScope();
        return TargetLoss.Mean(Target, predict(Valid(observed)), _valid.Labels).item<float>();
    }

    public void Dispose()
    {
        foreach (var x in _train.Vectors.Concat(_valid.Vectors).Append(_train.Labels).Append(_valid.Labels))
        {
            x.Dispose();
        }
    }

    private static VectorBatch Batch(IReadOnlyList<Tensor> vectors, IReadOnlyList<ModalitySet> present, Func<int, ModalitySet> observed) => new(
        vectors, MaskOf([.. present.Select((own, row) => observed(row).And(own) is { IsEmpty: false } set ? set : own)], vectors[0].device, vectors.Count), MaskOf(present, vectors[0].device, vectors.Count));

    private Tensor MaskOf(IReadOnlyList<ModalitySet> sets, Device device) => MaskOf(sets, device, Sets[^1].Count);

    private static Tensor MaskOf(IReadOnlyList<ModalitySet> sets, Device device, int modalities) =>
        tensor([.. sets.SelectMany(set => Enumerable.Range(0, modalities).Select(m => set.Contains(m) ? 1f : 0f))], [sets.Count, modalities], device: device);
}
